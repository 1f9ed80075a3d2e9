namespace Kairos.Grains;

/// <inheritdoc cref="IClientSessionGrain"/>
[GrainType("client-session"), CollectionAgeLimit(Minutes = 2)]
internal sealed class ClientSessionGrain : Grain, IClientSessionGrain
{
    private SessionState? _state;

    public Task UpdateAsync(SessionState state)
    {
        _state = state;
        return Task.CompletedTask;
    }

    public Task<SessionState?> GetAsync() => Task.FromResult(_state);

    public Task CloseAsync()
    {
        _state = null;
        DeactivateOnIdle();
        return Task.CompletedTask;
    }
}
