using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace Kairos.Tests.Unit;

/// <summary>Orleans' serializer, as grain calls and storage use it.</summary>
internal static class Serialization
{
    private static readonly Serializer Serializer =
        new ServiceCollection().AddSerializer().BuildServiceProvider().GetRequiredService<Serializer>();

    public static byte[] Write<T>(T value) => Serializer.SerializeToArray(value);

    public static T Read<T>(byte[] bytes) => Serializer.Deserialize<T>(bytes)!;

    public static T RoundTrip<T>(T value) => Read<T>(Write(value));
}
