using System.Globalization;
using System.Security.Cryptography;

namespace Kairos.Gateway;

/// <summary>What a client's URL says of its session (docs/protocol.md, section "Sessions").</summary>
/// <param name="Id">Null without a session.</param>
/// <param name="IsNew">The id was made here: nobody else has it.</param>
/// <param name="LastTick">Unix seconds of the last Snapshot that the client has; null when it does not say.</param>
internal sealed record SessionParameters(string? Id, bool IsNew, long? LastTick)
{
    /// <summary>The clocks of nodes may differ by so much.</summary>
    public const int AheadSecondsMax = 5;

    private const int NewIdBytes = 16;
    private const string New = "new";

    /// <exception cref="FormatException">A sentence for the client.</exception>
    public static SessionParameters Read(IQueryCollection query, long nowSeconds)
    {
        var (session, lastTick) = (query["session"], query["last_tick"]);
        if (session.Count == 0 && lastTick.Count == 0)
        {
            return new SessionParameters(null, IsNew: false, null);
        }

        var (id, isNew) = (session.ToString(), session == New);
        if (session.Count == 0 || (isNew && lastTick.Count > 0))
        {
            throw new FormatException("Parameter `last_tick` is of a session: it goes with the id of one, as in session=3f1b5c0e9d6a4f2c8b7e&last_tick=1730975400.");
        }

        if (!isNew && !SocketSession.IsId(id))
        {
            throw new FormatException(
                $"Parameter `session` is '{FieldReader.Shortened(id)}'; it must be new, or an id of {SocketSession.IdLengthMin} to {SocketSession.IdLengthMax} letters, digits, dashes or underscores.");
        }

        return new SessionParameters(
            isNew ? Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(NewIdBytes)) : id, isNew, lastTick.Count == 0 ? null : Tick(lastTick.ToString(), nowSeconds));
    }

    private static long Tick(string text, long nowSeconds) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var tick) && tick <= nowSeconds + AheadSecondsMax
            ? tick
            : throw new FormatException(
                $"Parameter `last_tick` is '{FieldReader.Shortened(text)}'; it must be the tick of a Snapshot: Unix seconds, 0 to {nowSeconds + AheadSecondsMax} (this node's clock and {AheadSecondsMax} s).");
}
