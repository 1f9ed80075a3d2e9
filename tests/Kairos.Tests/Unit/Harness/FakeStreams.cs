using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Orleans.Streams;

namespace Kairos.Tests.Unit;

/// <summary>Streams that keep what is published on them. For one caller at a time.</summary>
internal sealed class FakeStreams : IStreamProvider
{
    public List<(StreamId Stream, Snapshot Snapshot)> Published { get; } = [];

    public string Name => SnapshotStreams.Provider;

    public bool IsRewindable => false;

    public IAsyncStream<T> GetStream<T>(StreamId streamId)
    {
        var stream = DispatchProxy.Create<IAsyncStream<T>, StreamProxy>();
        ((StreamProxy)(object)stream).Publish = snapshot => Published.Add((streamId, snapshot));
        return stream;
    }

    [SuppressMessage("Performance", "CA1852", Justification = "DispatchProxy derives from it.")]
    internal class StreamProxy : DispatchProxy
    {
        public Action<Snapshot>? Publish { get; set; }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            Publish!((Snapshot)args![0]!);
            return Task.CompletedTask;
        }
    }
}
