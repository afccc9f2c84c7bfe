using System.Net;
using Microsoft.Extensions.Options;
using RemoteSigning.Cryptoki;
using RemoteSigning.Cryptoki.Worker;

namespace RemoteSigning.Sam.Options;

/// <summary>All rules for the configuration file, so that a bad one is refused at the start and in full.</summary>
internal sealed class SamOptionsValidator : IValidateOptions<SamOptions>
{
    public ValidateOptionsResult Validate(string? name, SamOptions options)
    {
        List<string> failures = [];
        if (options.Listen is not { Scheme: "https" } listen || !IPAddress.TryParse(listen.Host.Trim('[', ']'), out _))
        {
            failures.Add("Sam:Listen must be https://ADDRESS:PORT with a numeric address.");
        }

        MustExist(options.Tls.Certificate, "Sam:Tls:Certificate", failures);
        MustExist(options.Tls.Key, "Sam:Tls:Key", failures);
        MustExist(options.StaticConfiguration, "Sam:StaticConfiguration", failures);
        MustExist(options.Hsm.Module, "Sam:Hsm:Module", failures);
        MustExist(options.Hsm.PinFile, "Sam:Hsm:PinFile", failures);
        if (!Directory.Exists(options.DataFolder))
        {
            failures.Add("Sam:DataFolder must be an existing folder.");
        }

        if (options.DynamicConfiguration.Length == 0)
        {
            failures.Add("Sam:DynamicConfiguration must name a file.");
        }

        if (options.Hsm.TokenLabel.Length == 0)
        {
            failures.Add("Sam:Hsm:TokenLabel must name the token.");
        }

        if (!HsmProfile.All.Any(p => p.Name == options.Hsm.Profile))
        {
            failures.Add($"Sam:Hsm:Profile must be one of {string.Join(", ", HsmProfile.All.Select(p => p.Name))}.");
        }

        if (options.Hsm.Standby.Any(s => s.TokenLabel.Length == 0 || !File.Exists(s.PinFile)))
        {
            failures.Add("Sam:Hsm:Standby needs a TokenLabel and an existing PinFile for each token.");
        }

        if (options.Hsm.MaxSessions < 2)
        {
            failures.Add("Sam:Hsm:MaxSessions must be 2 or more: one session is kept for the audit log.");
        }

        if (options.HsmQueue < 1 || options.HsmDeadline < TimeSpan.FromMilliseconds(100) || options.HsmDeadline > TimeSpan.FromMinutes(10))
        {
            failures.Add("Sam:HsmQueue must be 1 or more, Sam:HsmDeadline 00:00:00.1 to 00:10:00.");
        }

        CheckWorker(options.Hsm.Worker, failures);
        CheckTamper(options.Tamper, failures);
        failures.AddRange(options.Health.Flaws("Sam:Health"));
        if (options.Health.Listen is { } health && options.Listen?.Port == health.Port)
        {
            failures.Add("Sam:Health:Listen must have another port than Sam:Listen.");
        }

        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static void CheckWorker(HsmWorkerOptions? worker, List<string> failures)
    {
        if (worker is null)
        {
            return;
        }

        if (!OperatingSystem.IsLinux())
        {
            failures.Add("Sam:Hsm:Worker is for Linux only.");
        }

        if (worker is { RecycleAboveMiB: null, RecycleAfterOperations: null, RecycleAfter: null })
        {
            failures.Add("Sam:Hsm:Worker needs RecycleAboveMiB, RecycleAfterOperations or RecycleAfter.");
        }

        if (worker.RecycleAboveMiB is < 128 || worker.RecycleAfterOperations is < 100 || worker.RecycleAfter < TimeSpan.FromMinutes(1))
        {
            failures.Add(
                "Sam:Hsm:Worker:RecycleAboveMiB must be 128 or more, RecycleAfterOperations 100 or more, RecycleAfter a minute or more.");
        }
    }

    private static void CheckTamper(TamperOptions tamper, List<string> failures)
    {
        if (tamper.Command.Length > 0 && !Path.IsPathFullyQualified(tamper.Command))
        {
            failures.Add("Sam:Tamper:Command must be an absolute path.");
        }

        if (tamper.Interval < TimeSpan.FromSeconds(1) || tamper.Timeout < TimeSpan.FromSeconds(1) || tamper.Timeout > TimeSpan.FromMinutes(5))
        {
            failures.Add("Sam:Tamper:Interval must be a second or more, Sam:Tamper:Timeout a second to five minutes.");
        }
    }

    private static void MustExist(string file, string option, List<string> failures)
    {
        if (!File.Exists(file))
        {
            failures.Add($"{option} must be an existing file.");
        }
    }
}
