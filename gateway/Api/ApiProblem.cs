using Kairos.Silo;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Kairos.Gateway;

/// <summary>Answers to requests that cannot be answered: problem details (RFC 9457).</summary>
internal static class ApiProblem
{
    /// <summary>Runs a handler; mistakes of the client become 400, silos that do not answer 503.</summary>
    public static async Task<IResult> GuardAsync(HttpContext context, Func<Task<IResult>> answer)
    {
        try
        {
            return await answer();
        }
        catch (FormatException mistake)
        {
            return Of(StatusCodes.Status400BadRequest, "The request has a mistake", mistake.Message);
        }
        catch (Exception e) when (e.IsNoAnswer())
        {
            return Unavailable(context, $"No silo answers ({e.Reason()}). Proxying goes on.");
        }
    }

    /// <summary>The node has no snapshot yet: it may not have met a silo at all, and then has no grain to ask.</summary>
    public static ProblemHttpResult NoSnapshot(HttpContext context) => Unavailable(context, "This node has no snapshot yet.");

    public static ProblemHttpResult NotFound(Scope scope, string refusal) => Of(
        StatusCodes.Status404NotFound, "There is no such scope", $"Parameter `scope` is '{scope.KindName}/{FieldReader.Shortened(scope.Name)}', and {refusal}.");

    public static ProblemHttpResult NoSession(string id) => Of(
        StatusCodes.Status404NotFound, "There is no such session", $"Parameter `id` is '{id}', and there is no such session; it may have expired.");

    public static ProblemHttpResult Unavailable(HttpContext context, string detail)
    {
        context.Response.Headers.RetryAfter = "1";
        return Of(StatusCodes.Status503ServiceUnavailable, "The cluster cannot be reached", detail);
    }

    private static ProblemHttpResult Of(int status, string title, string detail) => TypedResults.Problem(detail, statusCode: status, title: title);
}
