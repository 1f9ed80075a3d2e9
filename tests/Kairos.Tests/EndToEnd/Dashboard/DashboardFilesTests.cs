using System.Net;
using System.Text.RegularExpressions;
using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>The dashboard as files over HTTP.</summary>
[Collection(SharedGateway.Name)]
public sealed class DashboardFilesTests(SharedGateway shared)
{
    private const int WeightMax = 150 * 1024;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Page_is_small_allows_nothing_foreign_and_is_revalidated()
    {
        using var page = await GetAsync("kairos/", "br");
        Assert.Equal((HttpStatusCode.OK, "text/html"), (page.StatusCode, page.Content.Headers.ContentType?.MediaType));
        Assert.Equal("no-cache", page.Headers.CacheControl?.ToString());
        Assert.Equal("nosniff", Header(page, "X-Content-Type-Options"));
        var policy = Header(page, "Content-Security-Policy");
        Assert.StartsWith("default-src 'none';", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("*", policy, StringComparison.Ordinal);

        using var again = await GetAsync("kairos/", "br", page.Headers.ETag!.ToString());
        Assert.Equal((HttpStatusCode.NotModified, 0), (again.StatusCode, (await again.Content.ReadAsByteArrayAsync(Cancelled)).Length));
        using var plain = await GetAsync("kairos/", null);
        Assert.Empty(plain.Content.Headers.ContentEncoding);
        Assert.NotEqual(page.Headers.ETag, plain.Headers.ETag);
    }

    [Theory]
    [InlineData("br")]
    [InlineData("gzip")]
    public async Task Files_of_the_page_are_kept_for_good_and_weigh_little(string encoding)
    {
        using var plain = await GetAsync("kairos/", null);
        var addresses = Regex.Matches(await plain.Content.ReadAsStringAsync(Cancelled), "(?:src|href)=\"([a-z]+\\.[a-z]+[^\"]*)\"").Select(match => match.Groups[1].Value).ToArray();
        Assert.True(addresses.Length >= 4, string.Join(", ", addresses));
        var weight = 0;
        foreach (var address in addresses.Append(""))
        {
            using var file = await GetAsync($"kairos/{address}", encoding);
            Assert.Equal(HttpStatusCode.OK, file.StatusCode);
            Assert.Equal([encoding], file.Content.Headers.ContentEncoding);
            Assert.Equal(address.Contains("?v=", StringComparison.Ordinal) ? "public, max-age=31536000, immutable" : "no-cache", file.Headers.CacheControl?.ToString());
            weight += (await file.Content.ReadAsByteArrayAsync(Cancelled)).Length;
        }

        Assert.InRange(weight, 10_000, WeightMax);
    }

    [Fact]
    public async Task File_of_another_version_is_not_kept()
    {
        using var file = await GetAsync("kairos/app.js?v=000000000000", "br");
        Assert.Equal((HttpStatusCode.OK, "no-store"), (file.StatusCode, file.Headers.CacheControl?.ToString()));
    }

    [Fact]
    public async Task Address_without_the_slash_leads_to_the_page_with_its_view()
    {
        using var answer = await GetAsync("kairos?scope=route/d", null);
        Assert.Equal((HttpStatusCode.Found, "kairos/?scope=route/d"), (answer.StatusCode, answer.Headers.Location?.ToString()));
    }

    [Fact]
    public async Task Client_module_may_be_imported_by_other_origins_and_nothing_else_may()
    {
        using var module = await GetAsync("kairos/client.js", null);
        Assert.Equal("*", Header(module, "Access-Control-Allow-Origin"));
        Assert.Equal("text/javascript", module.Content.Headers.ContentType?.MediaType);
        using var page = await GetAsync("kairos/", null);
        Assert.False(page.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task Page_is_not_counted_as_traffic()
    {
        var before = await TotalAsync();
        for (var i = 0; i < 20; i++)
            (await GetAsync(i % 2 == 0 ? "kairos/" : "kairos", "br")).Dispose();
        await Traffic.SendAsync(shared.Gateway.Http, 1, ["d/status/200"], Cancelled);
        await Wait.UntilAsync(async () => await TotalAsync() > before, () => "one more request");
        Assert.Equal(before + 1, await TotalAsync());
    }

    private async Task<long> TotalAsync() =>
        (await shared.Gateway.Http.GetApiAsync("snapshot?metric=requests_total")).GetProperty("metrics").GetProperty("requests_total").GetInt64();

    private async Task<HttpResponseMessage> GetAsync(string path, string? encoding, string? known = null)
    {
        DashboardPage.Require();
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (encoding is not null)
            request.Headers.AcceptEncoding.ParseAdd(encoding);
        if (known is not null)
            request.Headers.IfNoneMatch.ParseAdd(known);
        return await shared.Gateway.Http.SendAsync(request, Cancelled);
    }

    private static string Header(HttpResponseMessage answer, string name) => string.Join(", ", answer.Headers.GetValues(name));
}
