using RemoteSigning.Cryptoki;
using RemoteSigning.Cryptoki.Worker;
using RemoteSigning.Sam.Options;

namespace RemoteSigning.Sam.Platform;

/// <summary>The token as a node uses it: in this process, or through a worker when the configuration says so.</summary>
internal static partial class ServiceToken
{
    /// <summary>Logs in at the token.</summary>
    /// <exception cref="StartException">The token is missing, or refuses its PIN.</exception>
    public static IHsm Open(SamOptions options, SamSeams seams, ILogger logger)
    {
        if (options.Hsm.Worker is not { } limits)
        {
            return TokenKeys.OpenToken(options.Hsm);
        }

        void Report(string reason, Exception? failure)
        {
            if (failure is null)
            {
                LogWorker(logger, reason);
            }
            else
            {
                LogNoWorker(logger, reason, failure);
            }
        }

        return TokenKeys.OpenToken(options.Hsm, () => SupervisedHsm.Open(
            new SupervisionSettings(options.Hsm, limits, seams.StartWorker, options.HsmDeadline, TimeProvider.System)
            {
                LeastLife = seams.LeastWorkerLife,
                Report = Report,
            }));
    }

    /// <summary>From now on no worker is used before it has shown that its token holds the node's keys and works.</summary>
    public static void ProveWorkers(IHsm hsm, TokenKeys keys, string keyEncryptionKey)
    {
        if (hsm is SupervisedHsm supervised)
        {
            supervised.Prove = worker =>
            {
                keys.CheckSame(worker);
                SelfTest.Run(worker, keyEncryptionKey);
            };
        }
    }

    [LoggerMessage(2404, LogLevel.Information, "Another HSM worker has taken over ({Reason})")]
    private static partial void LogWorker(ILogger logger, string reason);

    [LoggerMessage(2405, LogLevel.Error, "An HSM worker was due ({Reason}) and could not take over")]
    private static partial void LogNoWorker(ILogger logger, string reason, Exception exception);
}
