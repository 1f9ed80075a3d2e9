namespace Kairos.Tests.EndToEnd;

/// <summary>A request of the load, and the status that it must be answered with.</summary>
internal sealed record LoadPath(string Path, int Status)
{
    /// <summary>Success, errors of the client and of the destination, bodies, slow answers, no route at all.</summary>
    public static readonly LoadPath[] Mixed =
    [
        new("d/status/200", 200), new("d/status/404", 404), new("d/bytes/3000", 200), new("d/status/500", 500),
        new("d/status/204", 204), new("d/slow?ms=30", 200), new("no-such-route", 404), new("d/status/301", 301),
    ];
}
