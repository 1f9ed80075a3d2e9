using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Kairos.Benchmarks;

/// <summary>Thousands of clients that read frames, in a process of their own; told what to do by HTTP. Thread-safe.</summary>
internal sealed class FanoutFleet
{
    public const string Command = "readers";

    private const int AtATime = 50;

    private readonly long[] _late = new long[FanoutFigures.LateMax + 1];
    private readonly int[] _lengths = new int[FanoutSubscriptions.Count];
    private List<FanoutClient> _clients = [];
    private int _lost;

    public static async Task<int> RunAsync(string[] args)
    {
        var fleet = new FanoutFleet();
        var builder = WebApplication.CreateSlimBuilder(args);
        builder.Logging.ClearProviders();
        await using var app = builder.Build();
        app.MapGet("/ready", () => "yes");
        app.MapPost("/begin", (FanoutOrder order) => fleet.BeginAsync(order));
        app.MapPost("/reset", fleet.Reset);
        app.MapPost("/leave", fleet.Leave);
        app.MapGet("/figures", () => TypedResults.Json(fleet.Figures()));
        await app.RunAsync();
        return 0;
    }

    /// <summary>A frame that counts has come.</summary>
    public void Took(int subscription, ReadOnlySpan<byte> json)
    {
        _lengths[subscription] = json.Length;
        if (json.StartsWith("{\"type\":\"Snapshot\",\"timestamp\":\""u8))
        {
            // Of an RFC 3339 timestamp the seconds of its minute.
            var second = ((json[49] - '0') * 10) + json[50] - '0';
            var late = (int)((TimeProvider.System.GetUtcNow().TimeOfDay.TotalMilliseconds - (second * 1_000) + 60_000) % 60_000);
            Interlocked.Increment(ref _late[Math.Min(late, FanoutFigures.LateMax)]);
        }
    }

    public void Lost() => Interlocked.Increment(ref _lost);

    /// <summary>Opens a few at a time; completes when all have begun.</summary>
    private async Task BeginAsync(FanoutOrder order)
    {
        var clients = Enumerable.Range(0, order.Clients).Select(i => new FanoutClient(this, order, i)).ToList();
        _clients = [.. _clients, .. clients];
        foreach (var some in clients.Chunk(AtATime))
        {
            await Task.WhenAll(some.Select(client => client.BeginAsync()));
        }
    }

    private void Leave()
    {
        _clients.ForEach(client => client.Dispose());
        _clients = [];
    }

    private void Reset() => Array.Clear(_late);

    private FanoutFigures Figures() =>
        new(_clients.Count(client => client.IsOpen), _clients.Sum(client => client.Frames), _lost, _lengths, _late);
}

/// <summary>One of them. Frames are counted by one task.</summary>
internal sealed class FanoutClient(FanoutFleet fleet, FanoutOrder order, int number) : IDisposable
{
    /// <summary>What is not read must not wait in the kernel for minutes.</summary>
    private const int SmallBuffer = 4 * 1024;

    private static readonly TimeSpan ConnectMax = TimeSpan.FromSeconds(30);

    private readonly byte[] _mark = Encoding.UTF8.GetBytes(order.Mark);
    private ClientSocket? _socket;
    private long _frames;

    public bool IsOpen { get; private set; }

    public long Frames => Interlocked.Read(ref _frames);

    /// <summary>Connects, subscribes, and begins to read.</summary>
    public async Task BeginAsync()
    {
        using var limit = new CancellationTokenSource(ConnectMax, TimeProvider.System);
        var (socket, refusal, _) = await ClientSocket.ConnectAsync(
            new Uri(order.Server), order.Targets[number % order.Targets.Length], limit.Token, order.Reads ? 0 : SmallBuffer);
        _socket = socket ?? throw new BenchmarkException(string.Create(CultureInfo.InvariantCulture, $"Client {number} was refused: {refusal}"));
        if (order.Messages.Length > 0)
        {
            await _socket.SendAsync(order.Messages[number % order.Messages.Length]);
        }

        IsOpen = true;
        if (order.Reads)
        {
            _ = ReadAsync(_socket);
        }
    }

    public void Dispose() => _socket?.Dispose();

    private async Task ReadAsync(ClientSocket socket)
    {
        try
        {
            while (await socket.NextAsync() is { } json)
            {
                if (json.Span.StartsWith(_mark))
                {
                    Interlocked.Increment(ref _frames);
                    fleet.Took(number % FanoutSubscriptions.Count, json.Span);
                }
            }
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            // Lost, or told to leave.
        }

        IsOpen = false;
        fleet.Lost();
        socket.Dispose();
    }
}
