using Microsoft.Extensions.Logging;

namespace Kairos.Grains;

/// <inheritdoc cref="IClientSessionGrain"/>
/// <remarks>
/// A session without a connection is the directory's alone, so that what it forgets is forgotten. The directory is told beside the calls, one
/// call at a time: neither a connect nor a report waits for it.
/// </remarks>
[GrainType("client-session"), CollectionAgeLimit(Minutes = 2)]
internal sealed class ClientSessionGrain(GrainInstruments instruments, TimeProvider timeProvider, ILogger<ClientSessionGrain> logger)
    : Grain, IClientSessionGrain
{
    /// <summary>A session whose connection stays as it is is told so often: the directory takes one that it has not heard of for long for lost.</summary>
    private static readonly TimeSpan TellPeriod = TimeSpan.FromMinutes(2);

    private SessionClaim _claim = null!;
    private SessionState? _told;
    private long _toldAt;
    private bool _isUntold;
    private Task _telling = Task.CompletedTask;

    private string Id => this.GetPrimaryKeyString();

    private ISessionDirectoryGrain Directory => GrainFactory.GetGrain<ISessionDirectoryGrain>(ISessionDirectoryGrain.Key);

    public override async Task OnActivateAsync(CancellationToken cancellationToken) =>
        _claim = new SessionClaim(Id, await Directory.FindAsync(Id));

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await _telling;
        if (_isUntold)
        {
            await TellAsync();
        }
    }

    public Task<SessionGrant> ConnectAsync()
    {
        var grant = _claim.Connect(timeProvider.GetElapsedTime(0));
        if (grant.RetryAfterSeconds > 0)
        {
            instruments.TakeOverRefused();
        }

        return Task.FromResult(grant);
    }

    public Task<bool> ReportAsync(SessionConnection connection, SessionProgress progress)
    {
        var (has, former) = _claim.Report(connection, progress, timeProvider.GetElapsedTime(0));
        if (!has)
        {
            return Task.FromResult(false);
        }

        End(former, SessionEnd.TakenOver);
        if (_isUntold || _told is null || SessionTable.Differ(_told, _claim.State!) || timeProvider.GetElapsedTime(_toldAt) >= TellPeriod)
        {
            Tell();
        }

        return Task.FromResult(true);
    }

    public async Task DisconnectAsync(SessionConnection connection, SessionProgress progress)
    {
        if (_claim.Disconnect(connection, progress, timeProvider.GetUtcNow().ToUnixTimeSeconds()))
        {
            Tell();
            await _telling;
            if (!_isUntold)
            {
                DeactivateOnIdle();
            }
        }
    }

    public Task<SessionState?> GetAsync() => Task.FromResult(_claim.State);

    public async Task<bool> DeleteAsync()
    {
        if (_claim.State is null)
        {
            return false;
        }

        // First, since nothing has happened yet where it fails. What was told before must not come after it.
        await _telling;
        await Directory.ForgetAsync(Id);
        (_told, _isUntold) = (null, false);
        End(_claim.Close(), SessionEnd.Closed);
        return true;
    }

    private void Tell()
    {
        _isUntold = _claim.State is not null;
        if (_telling.IsCompleted)
        {
            _telling = TellAsync();
        }
    }

    /// <summary>Until the directory knows all; after a failure with the next report.</summary>
    private async Task TellAsync()
    {
        while (_isUntold && _claim.State is { } state)
        {
            _isUntold = false;
            try
            {
                // Where there is no room it is asked again with the next report.
                _told = await Directory.KeepAsync(state) ? state : null;
                _toldAt = timeProvider.GetTimestamp();
            }
            catch (Exception e)
            {
                _isUntold = true;
                instruments.DirectoryFailed();
                logger.SessionNotKept(e, Id);
                return;
            }
        }
    }

    /// <summary>A node that cannot be reached is no failure: its connection learns with its next report that it has no session.</summary>
    private void End(SessionConnection? connection, SessionEnd reason)
    {
        try
        {
            connection?.Observer?.EndAsync(Id, connection.Id, reason).Ignore();
        }
        catch (Exception e)
        {
            logger.ConnectionNotEnded(e, Id);
        }
    }
}
