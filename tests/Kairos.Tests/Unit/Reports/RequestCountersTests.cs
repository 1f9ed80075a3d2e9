using CsCheck;
using Xunit;

namespace Kairos.Tests.Unit;

public sealed class RequestCountersTests
{
    private static readonly Gen<RequestCounters> Any = Gen.Long[0, 1L << 40].Array[8].Select(f =>
        new RequestCounters(f[0], f[1], f[2], f[3], f[4], f[5], f[6], f[7]));

    private static readonly RequestCounters Powers = new(1, 2, 4, 8, 16, 32, 64, 128);

    [Fact]
    public void Requests_Successes_Errors_HoldTheClassesThatTheyShould()
    {
        Assert.Equal(1 + 2 + 4 + 8 + 16 + 32, Powers.Requests);
        Assert.Equal(2, Powers.Successes);
        Assert.Equal(8 + 16, Powers.Errors);
    }

    [Fact]
    public void Operators_EveryField_IsCombinedWithItself()
    {
        var tens = new RequestCounters(10, 20, 30, 40, 50, 60, 70, 80);
        Assert.Equal(new RequestCounters(11, 22, 34, 48, 66, 92, 134, 208), Powers + tens);
        Assert.Equal(new RequestCounters(9, 18, 26, 32, 34, 28, 6, -48), tens - Powers);
        Assert.Equal(new RequestCounters(10, 20, 30, 40, 50, 60, 70, 128), RequestCounters.Max(Powers, tens));
    }

    [Fact]
    public void Max_AnyCounters_IsAssociativeCommutativeAndIdempotent() => Gen.Select(Any, Any, Any).Sample((a, b, c) =>
    {
        Assert.Equal(RequestCounters.Max(a, b), RequestCounters.Max(b, a));
        Assert.Equal(RequestCounters.Max(RequestCounters.Max(a, b), c), RequestCounters.Max(a, RequestCounters.Max(b, c)));
        Assert.Equal(a, RequestCounters.Max(a, a));
        Assert.Equal(a, RequestCounters.Max(a, default));
        Assert.Equal(a + b, RequestCounters.Max(a, a + b));
    });

    [Fact]
    public void Subtract_WhatWasAdded_GivesTheRest() => Gen.Select(Any, Any).Sample((a, b) =>
    {
        Assert.Equal(a, a + b - b);
        Assert.Equal(a + b, b + a);
        Assert.Equal((a + b).Requests, a.Requests + b.Requests);
    });
}
