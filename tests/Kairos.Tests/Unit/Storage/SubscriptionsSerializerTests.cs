using Kairos.Silo;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Serialization;
using Orleans.Storage;
using Xunit;

namespace Kairos.Tests.Unit;

public sealed class SubscriptionsSerializerTests : IDisposable
{
    private static readonly Dictionary<string, long> State = new() { ["gw-1"] = 1 };

    private readonly ServiceProvider _services = new ServiceCollection().AddSerializer().BuildServiceProvider();
    private readonly OrleansJsonSerializer _json;
    private readonly SubscriptionsSerializer _serializer;

    public SubscriptionsSerializerTests()
    {
        _json = new OrleansJsonSerializer(Options.Create(new OrleansJsonSerializerOptions()));
        _serializer = new SubscriptionsSerializer(_services.GetRequiredService<Serializer>(), _json);
    }

    [Fact]
    public void Deserialize_WhatItWrote_IsTheSame()
    {
        var written = _serializer.Serialize(State);
        Assert.NotEqual((byte)'{', written.ToMemory().Span[0]);
        Assert.Equal(State, _serializer.Deserialize<Dictionary<string, long>>(written));
    }

    [Fact]
    public void Deserialize_TheJsonOfAnEarlierVersion_IsRead()
    {
        var written = new JsonGrainStorageSerializer(_json).Serialize(State);
        Assert.Equal((byte)'{', written.ToMemory().Span[0]);
        Assert.Equal(State, _serializer.Deserialize<Dictionary<string, long>>(written));
    }

    public void Dispose() => _services.Dispose();
}
