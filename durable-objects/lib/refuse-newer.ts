/**
 * What becomes of an object after a rollback, when a newer release has written its database: it refuses everything and
 * changes nothing, but keeps its alarm, so that what waits in it goes on when the newer release is back.
 */
import { DurableObject } from "cloudflare:workers";
import type { StorageError } from "../../protocol/errors.ts";
import { errorFields, log } from "../../worker/log.ts";
import { OBJECT_BOUNDS } from "../bounds.ts";
import { TRY_AGAIN_LATER } from "./close-code.ts";
import { findNewerSchema } from "./migrate.ts";

type ObjectClass = new (ctx: DurableObjectState, env: Env) => DurableObject<Env>;

/**
 * The class as it is, but for a database that a newer release wrote: then the object is one that refuses. A constructor
 * that throws would not do: the platform tries its alarm again a few times and then drops it.
 */
export function refuseNewer<Class extends ObjectClass>(objectClass: Class, migrations: readonly string[]): Class {
  const Refusing = refusingClass(objectClass);
  return new Proxy(objectClass, {
    construct(target, args: [DurableObjectState, Env], newTarget): object {
      const [ctx, env] = args;
      const problem = findNewerSchema(ctx.storage.sql, migrations);
      return problem ? new Refusing(ctx, env, problem) : Reflect.construct(target, args, newTarget);
    },
  });
}

class RefusingObject extends DurableObject<Env> {
  readonly problem: StorageError;

  constructor(ctx: DurableObjectState, env: Env, problem: StorageError) {
    super(ctx, env);
    this.problem = problem;
  }

  override fetch(): Response {
    return Response.json({ error: "unavailable" }, { status: 503 });
  }

  override webSocketMessage(socket: WebSocket): void {
    socket.close(TRY_AGAIN_LATER, "try again later");
  }

  override webSocketClose(): void {}

  override async alarm(): Promise<void> {
    log("error", "database_refused", { object: this.ctx.id.name, ...errorFields(this.problem) });
    await this.ctx.storage.setAlarm(Date.now() + OBJECT_BOUNDS.newerReleaseLookEveryMs);
  }
}

/** Every method that the class has, inherited ones too, so that whoever calls one is told why it is not done. */
function refusingClass(objectClass: ObjectClass): typeof RefusingObject {
  class Refusing extends RefusingObject {}
  for (const name of methodsOf(objectClass.prototype)) {
    if (name in RefusingObject.prototype) continue;
    const refuse = function (this: RefusingObject): never {
      throw this.problem;
    };
    Object.defineProperty(Refusing.prototype, name, { value: refuse });
  }
  return Refusing;
}

function methodsOf(prototype: object): ReadonlySet<string> {
  if (prototype === DurableObject.prototype) return new Set();
  const parent: object | null = Object.getPrototypeOf(prototype);
  return new Set([...Object.getOwnPropertyNames(prototype), ...(parent === null ? [] : methodsOf(parent))]);
}
