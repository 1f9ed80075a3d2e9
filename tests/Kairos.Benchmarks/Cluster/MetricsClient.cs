using System.Net.WebSockets;
using System.Text.Json;
using System.Threading.Channels;

namespace Kairos.Benchmarks;

/// <summary>A Snapshot event as a client has it.</summary>
/// <param name="Arrived">The timestamp at which its last byte was read.</param>
/// <param name="RequestsTotal">Of the whole cluster.</param>
internal readonly record struct Frame(long Arrived, long RequestsTotal);

/// <summary>A client of <c>/ws/metrics</c> that asks for nothing and so gets a snapshot each second; one reader takes them.</summary>
internal sealed class MetricsClient : IAsyncDisposable
{
    private const int FrameBytesMax = 64 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // Unbounded: a benchmark reads a few frames a second for minutes at most.
    private readonly Channel<Frame> _frames = Channel.CreateUnbounded<Frame>(new() { SingleReader = true, SingleWriter = true });
    private readonly ClientWebSocket _socket = new();
    private readonly CancellationTokenSource _stop = new();
    private Task _reading = Task.CompletedTask;

    private MetricsClient()
    {
        _socket.Options.Proxy = null;
    }

    /// <param name="gateway">The address of a gateway node, with a slash at its end.</param>
    public static async Task<MetricsClient> ConnectAsync(string gateway)
    {
        var client = new MetricsClient();
        try
        {
            await client._socket.ConnectAsync(new UriBuilder($"{gateway}ws/metrics") { Scheme = "ws" }.Uri, CancellationToken.None);
            client._reading = client.ReadAsync();
            return client;
        }
        catch (WebSocketException e)
        {
            await client.DisposeAsync();
            throw new BenchmarkException($"{gateway}ws/metrics could not be opened: {e.Message}");
        }
    }

    /// <summary>The next frame, in the order of arrival.</summary>
    public async Task<Frame> NextAsync()
    {
        try
        {
            return await _frames.Reader.ReadAsync().AsTask().WaitAsync(Patience, TimeProvider.System);
        }
        catch (TimeoutException)
        {
            throw new BenchmarkException($"No snapshot came for {Patience.TotalSeconds:0} s.");
        }
        catch (ChannelClosedException e)
        {
            throw new BenchmarkException($"The gateway closed the stream of snapshots: {e.InnerException?.Message ?? "regularly"}.");
        }
    }

    /// <summary>Takes all that have arrived; how many those are.</summary>
    public int TakeArrived()
    {
        var taken = 0;
        while (_frames.Reader.TryRead(out _))
        {
            taken++;
        }

        return _frames.Reader.Completion.IsCompleted ? throw new BenchmarkException("The gateway closed the stream of snapshots.") : taken;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _reading;
        _socket.Dispose();
        _stop.Dispose();
    }

    private async Task ReadAsync()
    {
        try
        {
            var buffer = new byte[FrameBytesMax];
            while (await ReadMessageAsync(buffer) is { } length)
            {
                var arrived = TimeProvider.System.GetTimestamp();
                using var json = JsonDocument.Parse(buffer.AsMemory(0, length));
                if (json.RootElement.GetProperty("type").ValueEquals("Snapshot"))
                {
                    _frames.Writer.TryWrite(new(arrived, json.RootElement.GetProperty("requests_total").GetInt64()));
                }
            }

            _frames.Writer.TryComplete();
        }
        catch (Exception e)
        {
            _frames.Writer.TryComplete(e);
        }
    }

    /// <summary>Bytes of the next message; null when the gateway closes.</summary>
    private async Task<int?> ReadMessageAsync(byte[] buffer)
    {
        for (var length = 0; ;)
        {
            var part = await _socket.ReceiveAsync(buffer.AsMemory(length), _stop.Token);
            length += part.Count;
            if (part.MessageType == WebSocketMessageType.Close || part.EndOfMessage)
            {
                return part.MessageType == WebSocketMessageType.Close ? null : length;
            }
        }
    }
}
