using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Kairos.Tests.EndToEnd;

/// <summary><c>/kairos/client.js</c>, imported by a page of somebody else's.</summary>
[Collection(Chromium.Name)]
public sealed class ClientModuleTests(Chromium chromium)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Page_of_another_origin_streams_from_the_gateway_that_it_took_the_module_from_and_comes_back_to_it()
    {
        await using var rig = await GatewayRig.StartAsync();
        await Traffic.SendAsync(rig.Gateway.Http, 8, ["d/status/200", "dead/anything"], Cancelled);
        await using var site = await StartSiteAsync(PageOf(rig.Gateway.Port));
        await using var context = await chromium.NewContextAsync(new());
        var page = await context.NewPageAsync();
        await page.GotoAsync(site.Urls.Single());
        await Expect(page.Locator("#total")).ToHaveTextAsync("4");
        await Expect(page.Locator("#first")).ToHaveTextAsync("d: 4");
        await Expect(page.Locator("#points")).Not.ToHaveTextAsync("0");
        await Expect(page.Locator("#error")).ToContainTextAsync("which is not a metric");

        await rig.KillGatewayAsync();
        await Expect(page.Locator("#phase")).ToHaveTextAsync("waiting");
        await rig.ReturnGatewayAsync();
        await Traffic.SendAsync(rig.Gateway.Http, 2, ["d/status/200"], Cancelled);
        await Expect(page.Locator("#total")).ToHaveTextAsync("6");
        await Expect(page.Locator("#first")).ToHaveTextAsync("d: 6");
        await Expect(page.Locator("#phase")).ToHaveTextAsync("open");
    }

    private static string PageOf(int port) =>
        $$"""
        <!doctype html><title>another page</title>
        <p id="phase"></p><p id="total"></p><p id="first"></p><p id="points"></p><p id="error"></p>
        <script type="module">
          import { MetricsStream } from 'http://127.0.0.1:{{port}}/kairos/client.js';
          const show = (id, text) => (document.getElementById(id).textContent = text);
          const bad = new MetricsStream();
          bad.on('Error', ({ message }) => { show('error', message); bad.close(); });
          bad.subscribe({ metrics: ['requests_totl'] });

          const stream = new MetricsStream();
          stream.on('state', ({ phase }) => show('phase', phase));
          stream.on('Snapshot', (snapshot) => show('total', snapshot.requests_total));
          stream.on('TimeSeries', (series) => show('points', series.data_points.length));
          stream.on('TopN', ({ items: [first] }) => show('first', `${first.scope.route}: ${first.value}`));
          stream.subscribe({ metrics: ['requests_total'], scope: { route: 'd' }, include_history: true });
          stream.rank({ of: 'routes', by: 'requests_total', n: 1 });
        </script>
        """;

    private static async Task<WebApplication> StartSiteAsync(string page)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var site = builder.Build();
        site.Run(context =>
        {
            context.Response.ContentType = "text/html";
            return context.Response.WriteAsync(page, context.RequestAborted);
        });
        await site.StartAsync(Cancelled);
        return site;
    }
}
