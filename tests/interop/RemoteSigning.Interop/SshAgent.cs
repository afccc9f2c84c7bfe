using System.Text.RegularExpressions;

namespace RemoteSigning.Interop;

/// <summary>An ssh-agent of a check, set up as <c>docs/programs/openssh.md</c> says. HOME is the folder of the check.</summary>
internal sealed partial class SshAgent : IDisposable
{
    private static readonly ProgramPage Page = ProgramPage.Read("openssh");

    private readonly Card _card;
    private readonly LivingProgram _program;

    private SshAgent(Card card, string folder, LivingProgram program)
    {
        _card = card;
        Folder = folder;
        _program = program;
    }

    public string Folder { get; }

    /// <summary>HOME for the page's blocks, and a program that answers the question for the PIN.</summary>
    public IReadOnlyDictionary<string, string> Environment => EnvironmentIn(_card, Folder);

    public static async Task<SshAgent> StartAsync(Card card, CardKey key, CancellationToken cancel)
    {
        string folder = card.NewFolder();
        WritePublicKey(card, key, folder);
        string command = Page.Text("agent", card, ("ssh-agent -P", "exec ssh-agent -D -P"));
        LivingProgram program = LivingProgram.Start("bash", ["-c", command], card.WithCard(EnvironmentIn(card, folder)));
        try
        {
            await program.WaitForAsync("Agent pid", 1, cancel);
            var agent = new SshAgent(card, folder, program);
            Card.Expect(agent.Run("add"), "Card added");
            return agent;
        }
        catch
        {
            program.Dispose();
            throw;
        }
    }

    /// <summary>Makes .ssh below a folder, with the public key as the page gets it.</summary>
    public static void WritePublicKey(Card card, CardKey key, string folder)
    {
        card.Run("mkdir", ["-m", "700", Path.Combine(folder, ".ssh")]);
        Page.Run("public-key", card, folder, EnvironmentIn(card, folder), ("RSA-2048 authentication", key.Label));
    }

    public static Dictionary<string, string> EnvironmentIn(Card card, string folder)
    {
        // In mode agent there is nothing to answer, only the question.
        string program = Path.Combine(folder, "askpass");
        File.WriteAllText(program, $"#!/bin/sh\necho '{(card.Mode == CardMode.Agent ? "" : card.Pin)}'\n");
        card.Run("chmod", ["700", program]);
        return new()
        {
            ["HOME"] = folder,
            ["SSH_ASKPASS"] = program,
            ["SSH_ASKPASS_REQUIRE"] = "force",
        };
    }

    /// <summary>
    /// Restarts the card's agent under ssh-agent and has it sign again; in modes with a login that has to be refused first, and then works
    /// after the card was taken out and added.
    /// </summary>
    /// <param name="sign">Uses the key; throws if that is refused.</param>
    /// <param name="refusal">What a refused program says.</param>
    public async Task SignAfterRestartAsync(Action sign, string refusal, CancellationToken cancel)
    {
        int process = ModuleProcess();
        await _card.RestartAgentAsync(cancel);
        if (_card.Mode != CardMode.Agent)
        {
            try
            {
                sign();
                throw new InteropException("A signature was made without a login.");
            }
            catch (InteropException failure)
            {
                Card.Expect(failure.Message, refusal);
            }

            string again = Run("add-again");
            Card.Expect(again, "Card removed");
            Card.Expect(again, "Card added");
        }

        sign();
        if (ModuleProcess() != process)
        {
            throw new InteropException("ssh-agent has put another process in charge of the module.");
        }
    }

    public void Dispose() => _program.Dispose();

    private string Run(string block) => Page.Run(block, _card, Folder, Environment);

    /// <summary>ssh-agent loads the module in a child of its own.</summary>
    private int ModuleProcess()
    {
        string agent = AgentProcess().Match(_program.Output).Groups[1].Value;
        return int.Parse(_card.Run("pgrep", ["-P", agent, "ssh-pkcs11"]), System.Globalization.CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"Agent pid (\d+)")]
    private static partial Regex AgentProcess();
}
