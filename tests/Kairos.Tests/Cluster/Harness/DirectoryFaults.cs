namespace Kairos.Tests.Cluster;

/// <summary>Calls of the session directory fail on demand, as when its silo is lost. Thread-safe.</summary>
internal sealed class DirectoryFaults : IIncomingGrainCallFilter
{
    /// <summary>All its calls fail.</summary>
    public volatile bool Fail;

    public Task Invoke(IIncomingGrainCallContext context) => Fail && context.InterfaceMethod.DeclaringType == typeof(ISessionDirectoryGrain)
        ? throw new IOException("The directory cannot be reached.")
        : context.Invoke();
}
