using System.Diagnostics.Metrics;

namespace Kairos.Gateway;

/// <summary>
/// The connections of clients open at this host, by Kestrel's own count of every transport: costs a request nothing. Made before Kestrel
/// starts, so that it misses none. Thread-safe.
/// </summary>
internal sealed class ClientConnections : IDisposable
{
    private readonly MeterListener _listener = new();
    private long _open;

    public ClientConnections(IMeterFactory meters)
    {
        // The factory is the host's: other servers of this process have meters of the same name.
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "kestrel.active_connections" && ReferenceEquals(instrument.Meter.Scope, meters))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, change, _, _) => Interlocked.Add(ref _open, change));
        _listener.Start();
    }

    public int Open => (int)Interlocked.Read(ref _open);

    public void Dispose() => _listener.Dispose();
}
