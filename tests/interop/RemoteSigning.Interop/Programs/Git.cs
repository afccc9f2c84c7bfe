namespace RemoteSigning.Interop.Programs;

/// <summary>git commits signed with an SSH key of the card, through one ssh-agent.</summary>
internal sealed class Git : CardProgram
{
    private static readonly ProgramPage Text = ProgramPage.Read("git");
    private static readonly string[] Keys = ["RSA-2048", "RSA-4096", "P-256", "P-384", "RSA-2048 authentication"];

    public override string Name => "git";

    public override string Page => "git";

    public override IReadOnlyList<string> Version => ["git", "--version"];

    public override IEnumerable<Check> Checks =>
        Enum.GetValues<CardMode>().SelectMany(mode => ForKeys("commit, gpg.format ssh", mode, Keys, CommitAsync));

    private static async Task<Finding> CommitAsync(Card card, CardKey key, CancellationToken cancel)
    {
        using SshAgent agent = await SshAgent.StartAsync(card, key, cancel);
        var environment = new Dictionary<string, string>(agent.Environment)
        {
            ["GIT_CONFIG_GLOBAL"] = "/dev/null",
            ["GIT_CONFIG_SYSTEM"] = "/dev/null",
            ["GIT_AUTHOR_NAME"] = "Sample Signer",
            ["GIT_AUTHOR_EMAIL"] = "signer@example.com",
            ["GIT_COMMITTER_NAME"] = "Sample Signer",
            ["GIT_COMMITTER_EMAIL"] = "signer@example.com",
        };
        string repository = Path.Combine(agent.Folder, "repository");
        card.Run("git", ["init", "--quiet", repository], environment);
        Run("configure");
        Run("allowed-signers");
        int commits = 0;
        Commit();
        Commit();
        await agent.SignAfterRestartAsync(Commit, "agent refused operation", cancel);
        Card.Expect(card.Run("git", ["-C", repository, "rev-list", "--count", "HEAD"], environment), "3");
        return new Finding(
            Finding.InOneProcess, card.Mode == CardMode.Agent ? Finding.SameProcess : "same process, `ssh-add -e; ssh-add -s`", "git verify-commit");

        void Commit()
        {
            File.WriteAllText(Path.Combine(repository, "text"), $"{++commits}\n");
            card.Run("git", ["-C", repository, "add", "text"], environment);
            Run("commit");
            Card.Expect(Run("verify"), "Good \"git\" signature for signer@example.com");
        }

        string Run(string block) => Text.Run(block, card, repository, environment);
    }
}
