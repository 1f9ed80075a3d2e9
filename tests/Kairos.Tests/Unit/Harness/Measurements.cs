using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Kairos.Tests.Unit;

/// <summary>A meter factory that keeps the sums of what was measured, by instrument and by the value of its one tag. Thread-safe.</summary>
internal sealed class Measurements : IMeterFactory
{
    private readonly ConcurrentBag<Meter> _meters = [];
    private readonly ConcurrentDictionary<string, long> _sums = new();
    private readonly MeterListener _listener = new();

    public Measurements()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (Has(instrument.Meter))
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            _sums.AddOrUpdate(instrument.Name, value, (_, sum) => sum + value);
            foreach (var tag in tags)
                _sums.AddOrUpdate($"{instrument.Name}/{tag.Value}", value, (_, sum) => sum + value);
        });
        _listener.Start();
    }

    /// <summary>The sum of an instrument, such as <c>kairos.reporting.folded</c> or <c>kairos.sockets.closed/slow</c>.</summary>
    public long this[string instrument] => _sums.GetValueOrDefault(instrument);

    /// <summary>The meter is one of this factory's.</summary>
    public bool Has(Meter meter) => _meters.Contains(meter);

    public Meter Create(MeterOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var meter = new Meter(options);
        _meters.Add(meter);
        return meter;
    }

    public void Dispose()
    {
        _listener.Dispose();
        foreach (var meter in _meters)
            meter.Dispose();
    }
}
