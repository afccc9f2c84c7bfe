namespace RemoteSigning.Sam.Configuration;

/// <summary>
/// What an import may do. It is measured against the configuration that the log names last, as far as its files are still
/// in place; under dual control those files name the approvers too, so that nobody makes himself one.
/// </summary>
internal sealed class ImportRule
{
    private readonly bool _isDualControl;

    /// <exception cref="StartException">The import is refused, whoever approves it.</exception>
    public ImportRule(RecordedConfiguration? recorded, NodeConfiguration? inPlace, NodeConfiguration imported)
    {
        Imported = imported;
        NodeConfiguration? before = inPlace is not null && recorded?.DynamicDigest == inPlace.DynamicDigest ? inPlace : null;
        Difference = DynamicDifference.Between(before?.Dynamic, imported.Dynamic);
        bool isStaticSame = recorded?.StaticDigest == imported.StaticDigest;
        bool isDynamicSame = recorded?.DynamicDigest == imported.DynamicDigest;
        _isDualControl = imported.Static.DualControl || recorded is { DualControl: true };
        StaticNeedsApproval = _isDualControl && !isStaticSame;
        DynamicNeedsApproval = _isDualControl && !isDynamicSame && Difference.Added.Count > 0;
        if (recorded is not null && !isDynamicSame && imported.Registry.Version <= recorded.Version)
        {
            throw new StartException(
                $"The dynamic configuration has version {imported.Registry.Version}; it must be higher than {recorded.Version}, which the audit log names.");
        }

        Approvers = ChooseApprovers(recorded, inPlace);
        Summary = $"static configuration {(isStaticSame ? "the same" : "new")}; dynamic configuration {Difference}";
    }

    public NodeConfiguration Imported { get; }

    public DynamicDifference Difference { get; }

    public bool StaticNeedsApproval { get; }

    public bool DynamicNeedsApproval { get; }

    /// <summary>Whose operators approve.</summary>
    public Registry Approvers { get; }

    /// <summary>For the record.</summary>
    public string Summary { get; }

    private Registry ChooseApprovers(RecordedConfiguration? recorded, NodeConfiguration? inPlace)
    {
        if (recorded is not { DualControl: true } || recorded.StaticDigest == Imported.StaticDigest)
        {
            return Imported.Registry;
        }

        return inPlace?.StaticDigest == recorded.StaticDigest
            ? inPlace.Registry
            : throw new StartException(
                $"The static configuration in force (SHA-256 {recorded.StaticDigest}) is not in its place, so its operators cannot approve the new one. "
                + "Put it back, and name the new one with --static.");
    }
}
