using System.Net;
using System.Threading.Channels;

namespace Kairos.Client;

/// <summary>
/// Fills one reader's queue, over as many connections as it takes, until the reader goes, or an end that is for the user to decide about. One
/// loop; while the queue is full the socket is not read, so that a node's own limits apply.
/// </summary>
/// <param name="options">Checked.</param>
/// <param name="outbox">What is wanted.</param>
/// <param name="cursor">Where to begin.</param>
/// <param name="queue">Bounded.</param>
/// <param name="enter">Tells how it stands.</param>
internal sealed class StreamRun(
    MetricsStreamOptions options,
    Outbox outbox,
    SessionCursor cursor,
    ChannelWriter<MetricsEvent> queue,
    Action<MetricsStreamState> enter)
{
    // Of this sentence a node's answer to a new subscription begins.
    private const string NewSubscription = "The subscription is new";

    private int _urlIndex;
    private int _attempt;
    private int _badRequests;

    /// <summary>Does not throw: whatever ends it, the reader gets when the queue is empty.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                try
                {
                    await ConnectAsync(cancellationToken);
                }
                catch (ConnectionLostException lost)
                {
                    ThrowIfFinal(lost);
                    await WaitAsync(lost, cancellationToken);
                }
            }
        }
        catch (Exception e)
        {
            queue.Complete(cancellationToken.IsCancellationRequested ? null : e);
        }
    }

    private Uri Url => options.Urls[_urlIndex];

    /// <summary>One connection, from the attempt to its end, which is an exception.</summary>
    private async Task ConnectAsync(CancellationToken cancellationToken)
    {
        enter(new MetricsStreamState(MetricsStreamPhase.Connecting, Url));
        await using var connection = await MetricsConnection.OpenAsync(WithSession(Url), options, cancellationToken);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var sending = SendAsync(connection, over.Token);
        try
        {
            await ReceiveAsync(connection, cancellationToken);
        }
        finally
        {
            outbox.Close();
            await over.CancelAsync();
            await sending;
        }
    }

    private async Task ReceiveAsync(MetricsConnection connection, CancellationToken cancellationToken)
    {
        if (Read(await connection.ReceiveAsync(cancellationToken)) is not SessionEvent first)
        {
            throw new ConnectionLostException("the node knows no sessions") { IsMistake = true };
        }

        cursor.Begin(first, outbox.Open(first));
        enter(new MetricsStreamState(MetricsStreamPhase.Open, Url));
        await queue.WriteAsync(first, cancellationToken);
        while (true)
        {
            if (Read(await connection.ReceiveAsync(cancellationToken)) is { } e)
            {
                await TakeAsync(e, cancellationToken);
            }
        }
    }

    private async ValueTask TakeAsync(MetricsEvent e, CancellationToken cancellationToken)
    {
        if (e is SessionEvent session)
        {
            var isAnswer = session.Recovered || session.Reason!.StartsWith(NewSubscription, StringComparison.Ordinal);
            if (isAnswer)
            {
                outbox.Confirm(session);
            }

            cursor.Continue(session, isAnswer);
        }
        else if (e is SnapshotEvent snapshot)
        {
            if (!cursor.TryTake(snapshot, out var gap))
            {
                return;
            }

            _attempt = 0;
            if (gap is not null)
            {
                await queue.WriteAsync(gap, cancellationToken);
            }
        }

        await queue.WriteAsync(e, cancellationToken);
        if (e is ErrorEvent && cursor.SkipsSnapshots)
        {
            throw new ConnectionLostException("the node did not take the subscription");
        }
    }

    private async Task SendAsync(MetricsConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await connection.SendAsync(await outbox.TakeAsync(cancellationToken), cancellationToken);
            }
        }
        catch (ConnectionLostException)
        {
            // The loop that receives tells of it.
            connection.Abort();
        }
        catch (OperationCanceledException)
        {
            // The connection is over.
        }
    }

    private static MetricsEvent? Read(ReadOnlyMemory<byte> frame)
    {
        try
        {
            return EventReader.Read(frame);
        }
        catch (FormatException e)
        {
            throw new ConnectionLostException("the node sent what is not an event of the protocol", e) { IsMistake = true };
        }
    }

    private Uri WithSession(Uri url)
    {
        var scheme = url.Scheme.Replace("http", "ws", StringComparison.Ordinal);
        var query = url.Query.Length > 1 ? $"{url.Query[1..]}&{cursor.Query}" : cursor.Query;
        return new UriBuilder(url) { Scheme = scheme, Port = url.Port, Query = query, Fragment = "" }.Uri;
    }

    /// <summary>One node may refuse a tick because its own clock is wrong; every node in a row does not.</summary>
    private void ThrowIfFinal(ConnectionLostException lost)
    {
        if (lost.CloseCode is (int)MetricsSessionEnd.TakenOver or (int)MetricsSessionEnd.Closed)
        {
            throw new MetricsSessionEndedException((MetricsSessionEnd)lost.CloseCode, cursor.SessionId!);
        }

        if (lost.Status is not HttpStatusCode.BadRequest)
        {
            _badRequests = 0;
        }
        else if (++_badRequests >= options.Urls.Count)
        {
            throw new MetricsStreamRefusedException(HttpStatusCode.BadRequest, WithSession(Url));
        }
    }

    /// <summary>Half to the whole of a pause that doubles, so that thousands that lose the same node do not come back in the same instant.</summary>
    private async Task WaitAsync(ConnectionLostException lost, CancellationToken cancellationToken)
    {
        var longest = lost.IsMistake
            ? options.RetryMax
            : TimeSpan.FromSeconds(Math.Min(options.RetryMax.TotalSeconds, Math.ScaleB(options.RetryMin.TotalSeconds, _attempt)));
        var wait = lost.RetryAfter + (longest * (0.5 + (Random.Shared.NextDouble() / 2)));
        _attempt++;
        enter(new MetricsStreamState(MetricsStreamPhase.Waiting, Url, options.TimeProvider.GetUtcNow() + wait, lost.Message));
        await Task.Delay(wait, options.TimeProvider, cancellationToken);
        _urlIndex = (_urlIndex + 1) % options.Urls.Count;
    }
}
