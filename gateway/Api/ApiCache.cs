using Microsoft.Net.Http.Headers;

namespace Kairos.Gateway;

/// <summary>Cache headers: an answer that changes carries the tick that it is of, so that asking again costs no body.</summary>
internal static class ApiCache
{
    /// <summary>Sets both headers; true when the client has this very answer, which is then 304.</summary>
    public static bool IsFresh(HttpContext context, string tag, string control)
    {
        var etag = $"W/\"{tag}\"";
        context.Response.Headers.ETag = etag;
        context.Response.Headers.CacheControl = control;
        return EntityTagHeaderValue.TryParseList(context.Request.Headers.IfNoneMatch, out var known)
            && known.Any(k => k.Tag == "*" || k.Compare(EntityTagHeaderValue.Parse(etag), useStrongComparison: false));
    }
}
