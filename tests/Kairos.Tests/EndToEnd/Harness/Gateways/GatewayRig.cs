namespace Kairos.Tests.EndToEnd;

/// <summary>
/// A destination, a workspace whose routes lead to it, and the gateway that runs in that workspace.
/// <c>/d/…</c> goes to the destination without its prefix, <c>/dead/…</c> to a port on which nobody listens.
/// </summary>
internal sealed class GatewayRig : IAsyncDisposable
{
    private GatewayProcess? _gateway;

    private GatewayRig(Destination destination)
    {
        Destination = destination;
        Workspace.WriteSettings(ProxySettings.To(destination.Address));
    }

    public Destination Destination { get; }

    public Workspace Workspace { get; } = new();

    public GatewayProcess Gateway => _gateway ?? throw new InvalidOperationException("no gateway was started");

    /// <summary>A rig whose gateway is ready.</summary>
    public static async Task<GatewayRig> StartAsync(params string[] arguments)
    {
        var rig = await CreateAsync();
        return await rig.OrDisposeAsync(rig.StartGatewayAsync(arguments));
    }

    /// <summary>A rig whose gateway is ready on the port that it takes by default.</summary>
    public static async Task<GatewayRig> StartOnDefaultPortAsync(params string[] arguments)
    {
        var rig = await CreateAsync();
        return await rig.OrDisposeAsync(rig.KeepAsync(GatewayProcess.StartOnDefaultPortAsync(rig.Workspace, arguments)));
    }

    /// <summary>A rig without a gateway.</summary>
    public static async Task<GatewayRig> CreateAsync() => new(await Destination.StartAsync());

    /// <summary>Starts a gateway in the workspace, on a new port; the one before must have ended.</summary>
    public Task StartGatewayAsync(params string[] arguments) =>
        KeepAsync(GatewayProcess.StartAsync(Workspace, arguments));

    public async Task KillGatewayAsync()
    {
        Gateway.Kill();
        await Gateway.WaitForExitAsync();
    }

    /// <summary>Starts a gateway where the one before was, which must have ended.</summary>
    public async Task ReturnGatewayAsync()
    {
        await KeepAsync(Task.FromResult(GatewayProcess.Start(Workspace, Gateway.Port, [])));
        await Gateway.WaitUntilReadyAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_gateway is not null)
            await _gateway.DisposeAsync();
        await Destination.DisposeAsync();
        Workspace.Dispose();
    }

    private async Task KeepAsync(Task<GatewayProcess> starting)
    {
        var former = _gateway;
        _gateway = await starting;
        if (former is not null)
            await former.DisposeAsync();
    }

    private async Task<GatewayRig> OrDisposeAsync(Task starting)
    {
        try
        {
            await starting;
            return this;
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }
}
