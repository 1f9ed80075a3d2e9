using Microsoft.AspNetCore.Http.Features;

namespace Kairos.Gateway;

/// <summary>
/// Takes the place of what lets a request become an upgraded connection, by HTTP/1.1's Upgrade or HTTP/2's extended CONNECT, and hands
/// over a stream of ours around the connection. Used by one request.
/// </summary>
internal abstract class InterceptedUpgrade : IHttpUpgradeFeature, IHttpExtendedConnectFeature
{
    private readonly IHttpUpgradeFeature? _upgrade;
    private readonly IHttpExtendedConnectFeature? _connect;

    /// <param name="context">Of a request that asks for it.</param>
    protected InterceptedUpgrade(HttpContext context)
    {
        _upgrade = context.Features.Get<IHttpUpgradeFeature>();
        _connect = context.Features.Get<IHttpExtendedConnectFeature>();
        if (_upgrade is not null)
        {
            context.Features.Set<IHttpUpgradeFeature>(this);
        }

        if (_connect is not null)
        {
            context.Features.Set<IHttpExtendedConnectFeature>(this);
        }
    }

    public bool IsUpgradableRequest => _upgrade is { IsUpgradableRequest: true };

    public bool IsExtendedConnect => _connect is { IsExtendedConnect: true };

    public string? Protocol => _connect?.Protocol;

    /// <summary>Two cheap questions first: hardly any request asks for an upgrade.</summary>
    public static bool IsAskedFor(HttpContext context) =>
        (context.Request.Headers.Upgrade.Count > 0 && context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true })
        || (HttpMethods.IsConnect(context.Request.Method) && context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true });

    public async Task<Stream> UpgradeAsync() => Begin(await _upgrade!.UpgradeAsync());

    public async ValueTask<Stream> AcceptAsync() => Begin(await _connect!.AcceptAsync());

    /// <summary>The connection is upgraded.</summary>
    protected abstract Stream Begin(Stream connection);
}
