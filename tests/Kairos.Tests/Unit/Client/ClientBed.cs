using Kairos.Client;
using Xunit;

namespace Kairos.Tests.Unit;

/// <summary>A client between nodes, and its reader.</summary>
internal sealed class ClientBed : IAsyncDisposable
{
    private readonly List<MetricsStreamState> _states = [];
    private readonly CancellationTokenSource _left = new();
    private IAsyncEnumerator<MetricsEvent> _reader;
    private Task<bool>? _next;

    private ClientBed(ScriptedNode[] nodes, MetricsStreamOptions options)
    {
        Nodes = nodes;
        Stream = new MetricsStream(options with { Urls = [.. options.Urls, .. nodes.Select(node => node.Url)] });
        Stream.StateChanged += state =>
        {
            lock (_states)
                _states.Add(state);
        };
        _reader = Stream.ReadAllAsync(_left.Token).GetAsyncEnumerator();
    }

    /// <summary>As in production, but for the pauses between attempts.</summary>
    public static MetricsStreamOptions Hurried { get; } = new() { Urls = [], RetryMin = TimeSpan.FromMilliseconds(1), RetryMax = TimeSpan.FromMilliseconds(10) };

    public ScriptedNode[] Nodes { get; }

    public MetricsStream Stream { get; }

    public MetricsStreamState[] States
    {
        get
        {
            lock (_states)
                return [.. _states];
        }
    }

    public static async Task<ClientBed> StartAsync(MetricsStreamOptions options, int nodes = 1) =>
        new(await Task.WhenAll(Enumerable.Range(0, nodes).Select(_ => ScriptedNode.StartAsync())), options);

    /// <summary>Connects, or looks for the next event, without waiting for it.</summary>
    public Task<bool> LookAsync() => _next ??= _reader.MoveNextAsync().AsTask();

    /// <summary>The next event of a kind; Session events are passed over unless asked for.</summary>
    public async Task<T> NextAsync<T>()
        where T : MetricsEvent
    {
        while (true)
        {
            Assert.True(await LookAsync().WaitAsync(ScriptedNode.Limit, TimeProvider.System), "The events ended.");
            _next = null;
            if (_reader.Current is T e)
                return e;
            Assert.IsType<SessionEvent>(_reader.Current);
        }
    }

    /// <summary>Reads Snapshots of these ticks, and nothing but Session events between them.</summary>
    public async Task ExpectAsync(params long[] ticks)
    {
        foreach (var tick in ticks)
            Assert.Equal(tick, (await NextAsync<SnapshotEvent>()).Tick);
    }

    /// <summary>What ends the events.</summary>
    public async Task<T> EndAsync<T>()
        where T : Exception =>
        await Assert.ThrowsAsync<T>(async () =>
        {
            while (await LookAsync().WaitAsync(ScriptedNode.Limit, TimeProvider.System))
                _next = null;
        });

    /// <summary>The reader leaves in the middle of an event, and another one begins.</summary>
    public async Task ReadAgainAsync()
    {
        await _reader.DisposeAsync();
        _next = null;
        _reader = Stream.ReadAllAsync(_left.Token).GetAsyncEnumerator();
    }

    public async ValueTask DisposeAsync()
    {
        await _left.CancelAsync();
        if (_next is not null)
            await ((Task)_next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _reader.DisposeAsync();
        foreach (var node in Nodes)
            await node.DisposeAsync();
        _left.Dispose();
    }
}
