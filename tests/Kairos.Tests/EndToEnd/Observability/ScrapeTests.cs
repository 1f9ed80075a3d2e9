using System.Net.Http.Headers;
using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>What a scraper gets of <c>/metrics</c>, in either format, alone or among others.</summary>
[Collection(SharedGateway.Name)]
public sealed class ScrapeTests(SharedGateway shared)
{
    private const string Text = "text/plain";
    private const string OpenMetrics = "application/openmetrics-text";

    [Theory]
    [InlineData("metrics", "kairos_request_duration_seconds")]
    [InlineData("metrics/cluster", "kairos_cluster_request_duration_seconds")]
    public async Task Many_at_once_get_each_a_whole_answer_in_the_format_asked_for(string path, string histogram)
    {
        var formats = Enumerable.Range(0, 40).Select(i => i % 2 == 0 ? Text : OpenMetrics).ToArray();
        var answers = await Task.WhenAll(formats.Select(format => ScrapeAsync(path, format)));

        Assert.All(answers.Zip(formats), answer =>
        {
            var ((type, text), format) = answer;
            Assert.Equal(format, type);
            var lines = text.Split('\n');
            Assert.Single(lines, $"# TYPE {histogram} histogram");
            Assert.Single(lines, line => line.StartsWith($"{histogram}_count ", StringComparison.Ordinal));
            Assert.Contains(lines, line => line.StartsWith("target_info{", StringComparison.Ordinal));
            // The last line of OpenMetrics, which a scraper misses when an answer was cut off.
            Assert.Equal(format == OpenMetrics ? lines.Length - 2 : -1, Array.IndexOf(lines, "# EOF"));
            Assert.Equal("", lines[^1]);
        });
    }

    private async Task<(string? Type, string Text)> ScrapeAsync(string path, string format)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(format));
        // As Prometheus has it.
        request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("gzip"));
        using var response = await shared.Gateway.Http.SendAsync(request, TestContext.Current.CancellationToken);
        response.EnsureSuccessStatusCode();
        Assert.Empty(response.Content.Headers.ContentEncoding);
        return (response.Content.Headers.ContentType?.MediaType, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
