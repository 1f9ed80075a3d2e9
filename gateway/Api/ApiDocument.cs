using Microsoft.OpenApi;

namespace Kairos.Gateway;

/// <summary>
/// <c>/kairos/api/openapi.json</c>: what the signatures of the endpoints do not say of their parameters, which are texts there so that a
/// mistake gets a sentence of ours.
/// </summary>
internal static class ApiDocument
{
    public static void AddApiDocument(this IServiceCollection services) => services.AddOpenApi("openapi", openApi =>
    {
        openApi.ShouldInclude = api => api.RelativePath?.StartsWith("kairos/api/", StringComparison.Ordinal) is true;
        openApi.AddDocumentTransformer((document, _, _) =>
        {
            document.Info.Title = "Kairos";
            document.Info.Version = "1";
            document.Info.Description = "The metrics of a gateway cluster, the same from each of its nodes.";
            return Task.CompletedTask;
        });
        openApi.AddOperationTransformer((operation, _, _) =>
        {
            foreach (var parameter in operation.Parameters?.OfType<OpenApiParameter>() ?? [])
            {
                Specify(parameter, operation.OperationId);
            }

            return Task.CompletedTask;
        });
    });

    private static void Specify(OpenApiParameter parameter, string? operation)
    {
        parameter.Schema = parameter.Name switch
        {
            "metric" => new OpenApiSchema
            {
                Type = JsonSchemaType.Array,
                Items = new OpenApiSchema { Type = JsonSchemaType.String, Enum = [.. MetricTable.All.Select(metric => metric.Name)] },
            },
            "interval_seconds" => new OpenApiSchema { Type = JsonSchemaType.Integer, Minimum = "1", Maximum = $"{SnapshotChoice.IntervalMax}", Default = 1 },
            "limit" => new OpenApiSchema
            {
                Type = JsonSchemaType.Integer,
                Minimum = "1",
                Maximum = $"{SessionsEndpoint.LimitMax}",
                Default = SessionsEndpoint.LimitDefault,
            },
            "id" or "after" => new OpenApiSchema
            {
                Type = JsonSchemaType.String,
                Pattern = $"^[A-Za-z0-9_-]{{{SocketSession.IdLengthMin},{SocketSession.IdLengthMax}}}$",
            },
            "step" => new OpenApiSchema { Type = JsonSchemaType.Integer, Minimum = "1" },
            _ => parameter.Schema,
        };
        parameter.Required = parameter.In == ParameterLocation.Path || (parameter.Name == "metric" && operation == HistoryEndpoint.Name);
    }
}
