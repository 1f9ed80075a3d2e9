namespace Kairos.Tests.EndToEnd;

/// <summary>Complete responses: all, those of 2xx, those of 4xx and 5xx.</summary>
internal sealed record Tally(long Total, long Success, long Error)
{
    public static Tally None { get; } = new(0, 0, 0);

    public static Tally Of(IReadOnlyCollection<int> statuses) => new(
        statuses.Count,
        statuses.Count(status => status / 100 == 2),
        statuses.Count(status => status / 100 is 4 or 5));

    public static Tally operator +(Tally a, Tally b) => new(a.Total + b.Total, a.Success + b.Success, a.Error + b.Error);

    public static Tally operator -(Tally a, Tally b) => new(a.Total - b.Total, a.Success - b.Success, a.Error - b.Error);
}
