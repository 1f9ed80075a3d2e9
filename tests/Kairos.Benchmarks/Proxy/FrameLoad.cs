using System.Globalization;

namespace Kairos.Benchmarks;

/// <summary>Load by WebSocket frames: connections through each proxy that each send the next frame when the last one's echo has come. Used by one thread.</summary>
internal sealed class FrameLoad : IAsyncDisposable
{
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(100);

    private readonly Dictionary<string, Lane> _lanes = [];

    private FrameLoad()
    {
    }

    public static async Task<FrameLoad> ConnectAsync(ProxyGroup proxies, ProxyOptions options)
    {
        var load = new FrameLoad();
        foreach (var proxy in proxies.All)
        {
            load._lanes[proxy.Url] = await Lane.ConnectAsync(new Uri(proxy.Url), options);
        }

        return load;
    }

    /// <inheritdoc cref="LoadInTurn"/>
    public async Task<long[]> LoadInTurnAsync(IReadOnlyList<string> urls, int seconds)
    {
        Lane[] lanes = [.. urls.Select(url => _lanes.Single(lane => url.StartsWith(lane.Key, StringComparison.Ordinal)).Value)];
        long[] before = [.. lanes.Select(lane => lane.Echoed)];
        var began = TimeProvider.System.GetTimestamp();
        for (var turn = 0; TimeProvider.System.GetElapsedTime(began).TotalSeconds < seconds; turn++)
        {
            await lanes[turn % lanes.Length].RunAsync(Turn);
        }

        return [.. lanes.Zip(before, (lane, echoed) => lane.Echoed - echoed)];
    }

    public ValueTask DisposeAsync()
    {
        foreach (var lane in _lanes.Values)
        {
            lane.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>The connections through one proxy.</summary>
    private sealed class Lane(ClientSocket[] sockets, string frame) : IDisposable
    {
        private long _echoed;

        public long Echoed => Interlocked.Read(ref _echoed);

        public static async Task<Lane> ConnectAsync(Uri proxy, ProxyOptions options)
        {
            var sockets = new ClientSocket[options.Connections];
            for (var i = 0; i < sockets.Length; i++)
            {
                var target = string.Create(CultureInfo.InvariantCulture, $"/r{(i % options.Routes) + 1}/echo");
                var (socket, refusal, _) = await ClientSocket.ConnectAsync(proxy, target, CancellationToken.None);
                sockets[i] = socket ?? throw new BenchmarkException($"A WebSocket through {proxy} was refused: {refusal}");
            }

            return new Lane(sockets, new string('x', options.BodyBytes));
        }

        public async Task RunAsync(TimeSpan turn)
        {
            var began = TimeProvider.System.GetTimestamp();
            await Task.WhenAll(sockets.Select(socket => Task.Run(() => ExchangeAsync(socket, began, turn))));
        }

        public void Dispose() => Array.ForEach(sockets, socket => socket.Dispose());

        private async Task ExchangeAsync(ClientSocket socket, long began, TimeSpan turn)
        {
            while (TimeProvider.System.GetElapsedTime(began) < turn)
            {
                await socket.SendAsync(frame);
                var echo = await socket.NextAsync() ?? throw new BenchmarkException("A proxy closed a WebSocket.");
                if (echo.Length != frame.Length)
                {
                    throw new BenchmarkException("A proxy changed a frame.");
                }

                Interlocked.Increment(ref _echoed);
            }
        }
    }
}
