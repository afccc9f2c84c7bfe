namespace RemoteSigning.Sam.Configuration;

/// <summary>
/// What a start accepts: the configuration that the log names last. Another one is recorded, as somebody changed it past
/// the SAM; with dual control, or when it is no newer, it is refused.
/// </summary>
internal static class StartRule
{
    /// <returns>What to record; empty when the files are the recorded ones, or none was recorded yet.</returns>
    /// <exception cref="StartException">This configuration may not be started.</exception>
    public static string Check(NodeConfiguration found, RecordedConfiguration? recorded)
    {
        bool isStaticSame = recorded is null || recorded.StaticDigest == found.StaticDigest;
        bool isDynamicSame = recorded is null || recorded.DynamicDigest == found.DynamicDigest;
        if (recorded is not null && isStaticSame && isDynamicSame)
        {
            return "";
        }

        if (found.Static.DualControl || recorded is { DualControl: true })
        {
            throw new StartException(recorded is null
                ? "With dual_control a configuration is used only after admin import, and none is in the audit log."
                : "The configuration files are not those that the audit log names last, and dual control forbids others. "
                + $"Restore them ({recorded.StaticDigest} and {recorded.DynamicDigest} by SHA-256) or import the new ones with admin import.");
        }

        if (!isDynamicSame && found.Registry.Version <= recorded?.Version)
        {
            throw new StartException(
                $"The dynamic configuration has version {found.Registry.Version}, but version {recorded.Version} was in force with other content "
                + $"(SHA-256 {recorded.DynamicDigest}). An older one could give back rights that were taken; give the new one a higher version.");
        }

        return string.Concat(
            isStaticSame ? "" : $"; the static configuration was changed past the SAM, recorded was {recorded?.StaticDigest}",
            isDynamicSame ? "" : $"; the dynamic configuration was changed past the SAM, recorded was {recorded?.DynamicDigest}");
    }
}
