using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>Requests through a gateway whose responses have begun and do not end.</summary>
internal sealed class HeldConnections : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false });
    private readonly List<HttpResponseMessage> _responses = [];

    private HeldConnections()
    {
    }

    public static async Task<HeldConnections> OpenAsync(int port, int count)
    {
        var held = new HeldConnections();
        var url = new Uri($"http://127.0.0.1:{port}/d/hang");
        for (var i = 0; i < count; i++)
        {
            held._responses.Add(await held._http.GetAsync(
                url, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken));
        }

        return held;
    }

    public void Dispose()
    {
        foreach (var response in _responses)
            response.Dispose();
        _http.Dispose();
    }
}
