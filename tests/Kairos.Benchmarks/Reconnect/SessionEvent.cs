using System.Buffers.Text;

namespace Kairos.Benchmarks;

/// <summary>What a client needs of an event, found without a parser: the fields have the order of docs/protocol.md.</summary>
internal static class SessionEvent
{
    public static bool IsSession(ReadOnlySpan<byte> json) => json.StartsWith("{\"type\":\"Session\""u8);

    public static bool IsSnapshot(ReadOnlySpan<byte> json) => json.StartsWith("{\"type\":\"Snapshot\""u8);

    /// <summary>Of a Session event.</summary>
    public static bool IsResumed(ReadOnlySpan<byte> json) => json.IndexOf("\"resumed\":true"u8) >= 0;

    /// <summary>Of a Session event.</summary>
    public static bool IsRecovered(ReadOnlySpan<byte> json) => json.IndexOf("\"recovered\":true"u8) >= 0;

    /// <summary>Of a Session event.</summary>
    public static ReadOnlySpan<byte> Id(ReadOnlySpan<byte> json)
    {
        var rest = json[(json.IndexOf("\"session_id\":\""u8) + "\"session_id\":\"".Length)..];
        return rest[..rest.IndexOf((byte)'"')];
    }

    /// <summary>Of a Session event; what stands after <c>reason</c>.</summary>
    public static ReadOnlySpan<byte> Reason(ReadOnlySpan<byte> json) => json.IndexOf("\"reason\":"u8) is >= 0 and var at ? json[(at + "\"reason\":".Length)..^1] : default;

    /// <summary>Of a Session event that is not recovered; 0 where there is none.</summary>
    public static long FirstTick(ReadOnlySpan<byte> json) => Number(json, "\"first_tick\":"u8);

    /// <summary>Of a Snapshot.</summary>
    public static long Tick(ReadOnlySpan<byte> json) => Number(json, "\"tick\":"u8);

    private static long Number(ReadOnlySpan<byte> json, ReadOnlySpan<byte> name) =>
        json.LastIndexOf(name) is >= 0 and var at && Utf8Parser.TryParse(json[(at + name.Length)..], out long number, out _) ? number : 0;
}
