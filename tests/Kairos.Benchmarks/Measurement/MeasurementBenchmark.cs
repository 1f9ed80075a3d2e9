using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace Kairos.Benchmarks;

/// <summary>Nanoseconds and bytes of one measurement.</summary>
internal static class MeasurementBenchmark
{
    private const double NanosecondsMax = 50;

    public static int Run(Arguments arguments)
    {
        arguments.RefuseOthers();
        Machine.Print();
        using var scratch = new Scratch();

        // In this process: a generated project would have to build under the repository's central packages. Many short iterations, so that the median does not mind what else the machine does.
        var job = Job.Default.WithToolchain(InProcessEmitToolchain.Instance)
            .WithWarmupCount(5).WithIterationCount(30).WithInvocationCount(1).WithUnrollFactor(1);
        var config = ManualConfig.CreateEmpty()
            .AddJob(job).AddDiagnoser(MemoryDiagnoser.Default).AddColumnProvider(DefaultColumnProviders.Instance)
            .AddLogger(NullLogger.Instance).WithArtifactsPath(scratch.Path);
        var summary = BenchmarkRunner.Run<MeasurementRounds>(config);
        Machine.PrintLoad();
        return Judge(summary);
    }

    private static int Judge(Summary summary)
    {
        if (summary.HasCriticalValidationErrors || summary.Reports.Length == 0)
        {
            throw new BenchmarkException("BenchmarkDotNet did not run: " + string.Join("; ", summary.ValidationErrors.Select(error => error.Message)));
        }

        var verdict = new Verdict();
        foreach (var report in summary.Reports)
        {
            if (report.ResultStatistics is not { } ns)
            {
                throw new BenchmarkException($"BenchmarkDotNet has no result for {report.BenchmarkCase.Descriptor.WorkloadMethod.Name}.");
            }

            var spread = new Spread(ns.N, ns.Min, ns.Q1, ns.Median, ns.Q3, ns.Max);
            var bytes = report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase) ?? 0;
            var what = report.BenchmarkCase.Descriptor.WorkloadMethodDisplayInfo.Trim('\'');
            verdict.Add(what, $"{spread.ToString("0.0")} ns, {bytes} B", ns.Median <= NanosecondsMax && bytes == 0, $"{NanosecondsMax} ns, 0 B");
        }

        return verdict.ExitCode;
    }
}
