using RemoteSigning.Cryptoki.Worker;

namespace RemoteSigning.Cryptoki.Tests;

/// <summary>Opens a token of either kind.</summary>
internal static class OpenedHsm
{
    public static IHsm Open(HsmKind kind, HsmOptions options) =>
        kind == HsmKind.InThisProcess ? Hsm.Open(options) : SupervisedHsm.Open(Settings(options, InnerWorker.Start));

    /// <summary>Nothing is replaced by plan.</summary>
    public static SupervisionSettings Settings(HsmOptions options, Func<IWorkerProcess> start) =>
        new(options, new HsmWorkerOptions(), start, TimeSpan.FromSeconds(30), TimeProvider.System);
}
