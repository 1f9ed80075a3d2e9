using System.Diagnostics;
using Microsoft.AspNetCore.Http.Features;

namespace Kairos.Gateway;

/// <summary>
/// What lets a request become an upgraded connection, by HTTP/1.1's Upgrade or HTTP/2's extended CONNECT: counts the connection while it
/// is open, and the bytes that pass. Made only for a request that asks for it. Used by one request.
/// </summary>
internal sealed class CountedUpgrade(IHttpUpgradeFeature? upgrade, IHttpExtendedConnectFeature? connect, HttpContext context, RequestMeter meter)
    : IHttpUpgradeFeature, IHttpExtendedConnectFeature
{
    public bool IsUpgradableRequest => upgrade is { IsUpgradableRequest: true };

    public bool IsExtendedConnect => connect is { IsExtendedConnect: true };

    public string? Protocol => connect?.Protocol;

    /// <summary>The client has its upgraded connection.</summary>
    public bool IsUpgraded { get; private set; }

    /// <summary>Takes the place of what the server offers; null for a request that asks for no upgrade.</summary>
    public static CountedUpgrade? Install(HttpContext context, RequestMeter meter)
    {
        // Two cheap questions first: hardly any request asks for an upgrade.
        if (context.Request.Headers.Upgrade.Count > 0 && context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true } upgrade)
        {
            var counted = new CountedUpgrade(upgrade, null, context, meter);
            context.Features.Set<IHttpUpgradeFeature>(counted);
            return counted;
        }

        if (HttpMethods.IsConnect(context.Request.Method) && context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } connect)
        {
            var counted = new CountedUpgrade(null, connect, context, meter);
            context.Features.Set<IHttpExtendedConnectFeature>(counted);
            return counted;
        }

        return null;
    }

    public async Task<Stream> UpgradeAsync()
    {
        Debug.Assert(upgrade is not null);
        return Begin(await upgrade.UpgradeAsync());
    }

    public async ValueTask<Stream> AcceptAsync()
    {
        Debug.Assert(connect is not null);
        return Begin(await connect.AcceptAsync());
    }

    /// <summary>The request is over, and with it the connection, if there was one.</summary>
    public void End()
    {
        if (IsUpgraded)
        {
            meter.UpgradedEnd();
        }
    }

    private CountedStream Begin(Stream stream)
    {
        IsUpgraded = true;
        meter.UpgradedBegin();
        return new CountedStream(stream, context, meter);
    }
}
