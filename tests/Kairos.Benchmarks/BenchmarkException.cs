namespace Kairos.Benchmarks;

/// <summary>The benchmark cannot run; the message is for the one who runs it.</summary>
internal sealed class BenchmarkException(string message) : Exception(message);
