using Microsoft.Extensions.Logging.Abstractions;
using RemoteSigning.Contracts;
using RemoteSigning.Sam.Configuration;
using RemoteSigning.Sam.Options;

namespace RemoteSigning.Sam.Commands;

/// <summary><c>admin import</c> (SAM-37): the configuration files of a node that does not run, checked, recorded, put in place.</summary>
internal static class AdminImportCommand
{
    public const string Help =
        """
        admin import --config FILE [--static FILE] [--dynamic FILE] [--static-approval FILE] [--dynamic-approval FILE]

        Checks a static and a dynamic configuration, records them in the node's audit log and puts them in place. A file that
        is not named is taken from its place, so a file edited there is adopted. The node must not run: a running one takes
        a dynamic configuration by PUT /sam/v1/configurations/dynamic.

        A dynamic configuration that differs from the recorded one must have a higher version. With dual_control, a static
        configuration that differs, and a dynamic one that adds rights, need an operator's approval: a file with a JWS with
        detached content over the file's exact bytes, as docs/sam/operation.md describes it.
        """;

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, TextWriter output, SamSeams seams)
    {
        var read = new Arguments(
            "admin import", arguments, "--config", "--static", "--dynamic", "--static-approval", "--dynamic-approval");
        SamOptions options = SamHost.ReadOptions(read.Required("--config"));
        NodeConfiguration imported = ReadFiles(
            read.Optional("--static") ?? options.StaticConfiguration, read.Optional("--dynamic") ?? options.DynamicConfiguration);
        NodeConfiguration? before = ReadBefore(options);
        using SamNode node = SamNode.Open(options, seams, NullLoggerFactory.Instance, imported);
        var rule = new ImportRule(node.Recorded, before, imported);
        string? approver = Approve(
            rule, new Approval(rule.Approvers, node.Fingerprint, seams.Clock), read.Optional("--static-approval"), read.Optional("--dynamic-approval"));
        await node.ImportAsync(approver, rule.Summary);
        output.WriteLine(
            $"Imported: static configuration {imported.StaticDigest}, dynamic configuration {imported.Registry.Version} {imported.DynamicDigest}.");
        output.WriteLine($"Dynamic configuration: {rule.Difference}.");
        return 0;
    }

    private static NodeConfiguration ReadFiles(string staticFile, string dynamicFile)
    {
        try
        {
            return NodeConfiguration.Read(File.ReadAllBytes(staticFile), File.ReadAllBytes(dynamicFile));
        }
        catch (ConfigurationException e)
        {
            throw new StartException($"{staticFile} with {dynamicFile} is refused. {e.Message}", e);
        }
    }

    /// <summary>What is in place, to compare with; null when nothing usable is.</summary>
    private static NodeConfiguration? ReadBefore(SamOptions options)
    {
        try
        {
            return ConfigurationStore.Read(options);
        }
        catch (StartException)
        {
            return null; // Then everything counts as added.
        }
    }

    private static string? Approve(ImportRule rule, Approval approval, string? staticApproval, string? dynamicApproval)
    {
        string? forStatic = Check(rule.StaticNeedsApproval, "--static-approval", staticApproval, rule.Imported.StaticFile);
        string? forDynamic = Check(rule.DynamicNeedsApproval, "--dynamic-approval", dynamicApproval, rule.Imported.DynamicFile);
        return forStatic is null || forDynamic is null || forStatic == forDynamic ? forStatic ?? forDynamic : $"{forStatic}, {forDynamic}";

        string? Check(bool isNeeded, string option, string? file, byte[] content)
        {
            if (file is not null)
            {
                return approval.Check(File.ReadAllText(file).Trim(), content, caller: null);
            }

            return !isNeeded ? null : throw new StartException(
                $"With dual_control an operator must approve this: name a file with {option}. The dynamic configuration {rule.Difference}.");
        }
    }
}
