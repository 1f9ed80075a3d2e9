namespace Kairos;

/// <summary>What was counted of something: counters and the sketch of durations. Not thread-safe.</summary>
[GenerateSerializer, Alias("Kairos.SeriesTotals")]
public sealed class Counts
{
    /// <summary>The counters.</summary>
    [Id(0)]
    public RequestCounters Counters { get; set; }

    /// <summary>The durations of the timed requests among them.</summary>
    [Id(1)]
    public Sketch Durations { get; init; } = new();

    /// <summary>Adds to both.</summary>
    public void Add(RequestCounters counters, Sketch durations)
    {
        Counters += counters;
        Durations.Add(durations);
    }

    /// <summary>Adds what another one has.</summary>
    public void Add(Counts other)
    {
        ArgumentNullException.ThrowIfNull(other);
        Add(other.Counters, other.Durations);
    }

    /// <summary>A copy that shares nothing with this one.</summary>
    public Counts Clone() => new() { Counters = Counters, Durations = Durations.Clone() };
}
