using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>The profile <c>observability</c>: each of its services where its image is to be had.</summary>
internal static class ComposeViews
{
    private const int Silos = 2;

    /// <summary>Prometheus finds every process by DNS and has the exact total; Grafana has the dashboard.</summary>
    public static async Task AssertAsync(ComposeStack stack, long total)
    {
        if (await StartsAsync(stack, "prometheus"))
        {
            await WaitForAsync("count(up{job=\"kairos-gateway\"} == 1)", ComposeStack.Gateways);
            await WaitForAsync("count(up{job=\"kairos-silo\"} == 1)", Silos);
            await WaitForAsync("min(kairos_cluster_requests_total)", total);
        }

        if (await StartsAsync(stack, "grafana"))
        {
            var dashboard = await GetAsync("http://127.0.0.1:3000/api/dashboards/uid/kairos");
            Assert.Equal("Kairos", dashboard.GetProperty("dashboard").GetProperty("title").GetString());
        }
    }

    private static async Task<bool> StartsAsync(ComposeStack stack, string service)
    {
        var image = (await stack.ComposeAsync("--profile", "observability", "config", "--images", service)).Split('\n')
            .Single(line => line.Contains($"/{service}:", StringComparison.Ordinal));
        if (!await ChildProcess.SucceedsAsync("docker", "image", "inspect", image) && !await ChildProcess.SucceedsAsync("docker", "pull", "--quiet", image))
        {
            TestLog.Write($"skipped: {service}, since the image {image} is not to be had");
            return false;
        }

        await stack.ComposeAsync("--profile", "observability", "up", "--detach", "--no-build", "--wait", "--no-deps", service);
        TestLog.Write($"{service}: up");
        return true;
    }

    private static Task WaitForAsync(string expression, double expected)
    {
        JsonElement answer = default;
        return Wait.UntilAsync(
            async () =>
            {
                answer = await GetAsync($"http://127.0.0.1:9090/api/v1/query?query={Uri.EscapeDataString(expression)}");
                return answer.GetProperty("data").GetProperty("result").EnumerateArray()
                    .Any(series => double.Parse(series.GetProperty("value")[1].GetString()!, CultureInfo.InvariantCulture) == expected);
            },
            () => $"{expression} to be {expected}: {answer}");
    }

    private static async Task<JsonElement> GetAsync(string url)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes("admin:admin")));
        return JsonElement.Parse(await http.GetByteArrayAsync(url, TestContext.Current.CancellationToken));
    }
}
