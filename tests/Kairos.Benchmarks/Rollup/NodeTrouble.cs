using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Kairos.Benchmarks;

/// <summary>What the instruments of gateway nodes of this process count, by name and outcome. Thread-safe.</summary>
internal sealed class NodeTrouble : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, long> _counts = new();

    /// <param name="meters">Of the nodes' instruments; to be made before them.</param>
    public NodeTrouble(IMeterFactory meters)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, meters))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, added, tags, _) =>
            _counts.AddOrUpdate(tags.Length == 0 ? instrument.Name : $"{instrument.Name} {tags[0].Value}", added, (_, count) => count + added));
        _listener.Start();
    }

    public IReadOnlyDictionary<string, long> Counts => _counts.ToDictionary();

    public void Dispose() => _listener.Dispose();
}
