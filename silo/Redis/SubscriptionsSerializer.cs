using Orleans.Serialization;
using Orleans.Storage;

namespace Kairos.Silo;

/// <summary>
/// Who is subscribed to a stream, in storage. Each subscription writes all of them anew: as JSON, a thousand nodes that come at once would
/// keep a silo busy for a minute. Reads the JSON of earlier versions. Thread-safe.
/// </summary>
internal sealed class SubscriptionsSerializer(Serializer serializer, OrleansJsonSerializer json) : IGrainStorageSerializer
{
    private readonly OrleansGrainStorageSerializer _binary = new(serializer);
    private readonly JsonGrainStorageSerializer _json = new(json);

    /// <inheritdoc/>
    public BinaryData Serialize<T>(T? input) => _binary.Serialize(input);

    /// <inheritdoc/>
    public T? Deserialize<T>(BinaryData input) =>
        input.ToMemory().Span is [(byte)'{', ..] ? _json.Deserialize<T>(input) : _binary.Deserialize<T>(input);
}
