using Microsoft.AspNetCore.Http.HttpResults;

namespace Kairos.Gateway;

/// <summary><c>/kairos/</c>: the dashboard, from memory; built from <c>gateway/dashboard</c>.</summary>
internal static class DashboardMapping
{
    private const string Page = "index.html";

    /// <summary>The module that pages of other origins may import.</summary>
    private const string Client = "client.js";

    /// <summary>Nothing but this origin's own files and stream, no code from text, in nobody's frame (CSP Level 3, Trusted Types).</summary>
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        + "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    public static void MapDashboard(this WebApplication app)
    {
        foreach (var file in DashboardFile.All)
        {
            var pattern = file.Name == Page ? "/kairos" : $"/kairos/{file.Name}";
            app.MapMethods(pattern, Methods, (HttpContext context) => Answer(context, file)).ExcludeFromDescription().AsOwn();
        }
    }

    private static Results<FileContentHttpResult, RedirectHttpResult> Answer(HttpContext context, DashboardFile file)
    {
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        if (file.Name == Client)
        {
            headers.AccessControlAllowOrigin = "*";
        }

        if (file.Name != Page)
        {
            return file.Answer(context);
        }

        // Relative, as all addresses of the page: it may lie under another path behind a proxy.
        if (!context.Request.Path.Value!.EndsWith('/'))
        {
            return TypedResults.Redirect($"kairos/{context.Request.QueryString}");
        }

        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers["Referrer-Policy"] = "no-referrer";
        return file.Answer(context);
    }
}
