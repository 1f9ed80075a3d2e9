using System.Net.Sockets;
using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>Asks a process whether it is up yet.</summary>
internal static class HttpProbe
{
    /// <summary>
    /// Whether a GET is answered with success. Nobody listening is no answer, nor is a connection that goes while it is opened, which HttpClient
    /// tells as a bare <see cref="SocketException"/>.
    /// </summary>
    public static async Task<bool> SucceedsAsync(HttpClient http, string path)
    {
        try
        {
            using var response = await http.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
            return response.IsSuccessStatusCode;
        }
        catch (Exception fault) when (fault is HttpRequestException or SocketException)
        {
            return false;
        }
    }
}
