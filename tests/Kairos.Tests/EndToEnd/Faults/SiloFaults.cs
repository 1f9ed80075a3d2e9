using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>Silos that die, hang or stop. Every other silo stays, and a new one takes the place on new ports.</summary>
internal static class SiloFaults
{
    private static readonly TimeSpan HangTime = TimeSpan.FromSeconds(30);

    public static readonly Fault KillAll = new("kill -9 of all silos, start elsewhere", Fault.TotalSilence, async (rig, _) =>
    {
        var count = rig.Silos.Count;
        await rig.KillAsync([.. rig.Silos]);
        await Task.WhenAll(Enumerable.Range(0, count).Select(_ => rig.StartSiloAsync()));
        return Damage.None;
    });

    public static Fault Kill(GrainRole role) => new($"kill -9 of the silo with {role}", Fault.ShortSilence, async (rig, _) =>
    {
        await rig.KillAsync(await GrainPlaces.HolderOfAsync(rig, role));
        await rig.WaitForAdvanceAsync();
        await rig.StartSiloAsync();
        return Damage.None;
    });

    /// <summary>A silo that comes to after the others have declared it dead must end by itself.</summary>
    public static Fault Hang(GrainRole role) => new($"SIGSTOP for 30 s of the silo with {role}", Fault.HangSilence, async (rig, _) =>
    {
        var silo = await GrainPlaces.HolderOfAsync(rig, role);
        await silo.SignalAsync("STOP");
        await Task.Delay(HangTime, TimeProvider.System, TestContext.Current.CancellationToken);
        await silo.SignalAsync("CONT");
        await rig.ForgetAsync(silo);
        await rig.StartSiloAsync();
        return Damage.None;
    });

    public static Fault Stop(GrainRole role) => new($"graceful stop of the silo with {role}", Fault.ShortSilence, async (rig, _) =>
    {
        await rig.StopAsync(await GrainPlaces.HolderOfAsync(rig, role));
        await rig.StartSiloAsync();
        return Damage.None;
    });
}
