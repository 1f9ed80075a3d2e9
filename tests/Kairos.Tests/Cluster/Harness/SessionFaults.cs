namespace Kairos.Tests.Cluster;

/// <summary>Calls of the session directory or of session grains fail on demand, as when their silo is lost. Thread-safe.</summary>
internal sealed class SessionFaults : IIncomingGrainCallFilter
{
    /// <summary>All calls of this grain interface fail; null for none.</summary>
    public volatile Type? Fails;

    public Task Invoke(IIncomingGrainCallContext context) => context.InterfaceMethod.DeclaringType == Fails
        ? throw new IOException("The grain cannot be reached.")
        : context.Invoke();
}
