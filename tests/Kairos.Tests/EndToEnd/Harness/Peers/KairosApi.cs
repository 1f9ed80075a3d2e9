using System.Net;
using System.Text.Json;
using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>Asks a gateway's HTTP API; requests are what follows <c>/kairos/api/</c>.</summary>
internal static class KairosApi
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public static async Task<JsonElement> GetApiAsync(this HttpClient http, string request) =>
        JsonElement.Parse(await http.GetByteArrayAsync($"kairos/api/{request}", Cancelled));

    /// <summary>The problem details that a request is refused with; 503 says when to try again.</summary>
    public static async Task<JsonElement> GetProblemAsync(this HttpClient http, string request, HttpStatusCode status)
    {
        using var response = await http.GetAsync($"kairos/api/{request}", Cancelled);
        Assert.Equal((status, "application/problem+json"), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        Assert.Equal(status == HttpStatusCode.ServiceUnavailable, response.Headers.RetryAfter is not null);
        var problem = JsonElement.Parse(await response.Content.ReadAsByteArrayAsync(Cancelled));
        Assert.Equal((int)status, problem.GetProperty("status").GetInt32());
        return problem;
    }
}
