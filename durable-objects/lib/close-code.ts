/** Why a web socket is closed by us. */

/** "Try again later" (RFC 6455, registered code): the client is to connect again. */
export const TRY_AGAIN_LATER = 1013;
