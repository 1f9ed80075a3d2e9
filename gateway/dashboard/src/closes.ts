// Why a node closes a socket (docs/protocol.md, "Close codes and answers before the upgrade").

/** Why a socket was closed, for the codes after which another attempt soon would end the same way: the longest wait comes first. */
export const MISTAKES: Record<number, string> = {
  1002: 'the node found a frame that breaks the protocol',
  1007: 'the node found a message that is not UTF-8',
  1008: 'the node got too many messages',
  1009: 'the node got too long a message',
};

/** Why a session ended, for the codes after which another attempt by itself would only disturb whoever ended it. */
export const ENDINGS: Record<number, string> = {
  4001: 'another connection has taken the session over',
  4002: 'an operator has closed the session',
};

/** Other nodes go on. */
export const NODE_STOPS = 1001;
