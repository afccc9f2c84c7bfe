using System.Diagnostics;
using System.Globalization;
using System.Text;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Contracts.Enrollment;

namespace RemoteSigning.Sandbox;

/// <summary>
/// The main job, shown: a program that knows nothing of us signs a PDF through the card, another look at it
/// verifies the signature while everything runs, and the audit record of exactly this signature is proved.
/// </summary>
public sealed class Demo(RunningSandbox sandbox, Steps steps, string folder)
{
    /// <summary>Signs <paramref name="document"/> into <c>NAME-signed.pdf</c> in the folder; the path of that comes back.</summary>
    public async Task<string> RunAsync(string document, CancellationToken cancel)
    {
        string signed = Path.Combine(folder, $"{Path.GetFileNameWithoutExtension(document)}-signed.pdf");
        PdfSigner signer = null!; // Set by the first step; the others do not run when it fails.
        string nickname = await steps.RunAsync(
            "Let NSS load the card's PKCS#11 module and list its certificates",
            () => Task.Run(
                () =>
                {
                    signer = new PdfSigner(sandbox.Description, Path.Combine(folder, "nss"), SampleSigner.Pin);
                    return signer.Nickname(sandbox.Description.Signers[0].Credentials[0].Label);
                },
                cancel),
            n => $"\"{n}\"");
        await steps.RunAsync(
            $"Sign {Path.GetFileName(document)} with pdfsig, a program that knows only PKCS#11",
            () => Task.Run(() => signer.Sign(document, signed, nickname), cancel));
        string verdict = await steps.RunAsync(
            "Verify it with pdfsig, which asks our OCSP responder",
            () => Task.Run(() => Verify(signer, signed), cancel),
            _ => "signature valid, certificate trusted");
        steps.Say($"\n{Indent(verdict)}\n");
        await steps.RunAsync(
            "Look into the responder's log: was it asked for the signer's certificate?",
            () => Task.Run(() => ResponderWasAsked(signed), cancel),
            serial => $"yes, for {serial}");

        PdfSignature signature = PdfSignature.ReadLast(signed);
        AuditReceipt receipt = await steps.RunAsync(
            "Recompute the signed hash from the PDF and ask for its audit record",
            () => FindReceiptAsync(signature, cancel),
            r => $"record {r.Proof.Index.ToString(CultureInfo.InvariantCulture)} of {r.Proof.Head.TreeSize.ToString(CultureInfo.InvariantCulture)}");
        steps.Say($"\n{Indent(receipt.Proof.Record)}\n");

        string check = await steps.RunAsync(
            "Check with openssl that the record is in the log head that the SAM signed",
            () => Task.Run(() => CheckWithOpenssl(receipt.Proof, signature), cancel),
            _ => "it is");
        steps.Say($"\n{Indent(check)}\n");
        steps.Say($"The proof, to be checked again: bash \"{Path.Combine(Installation.Current.Root, Script)}\" \"{Path.Combine(folder, "proof")}\"");
        steps.Say($"The signed document: {signed}");
        return signed;
    }

    private const string Script = "tests/interop/check-proof.sh";

    private string Verify(PdfSigner signer, string signed)
    {
        // A document may bring signatures of its own; ours is the one that covers all of it.
        string verdict = signer.Verify(signed).Trim();
        string ours = verdict.Split("Signature #").FirstOrDefault(s => s.Contains("Total document signed", StringComparison.Ordinal), "");
        if (!ours.Contains("Signature is Valid", StringComparison.Ordinal)
            || !ours.Contains("Certificate is Trusted", StringComparison.Ordinal))
        {
            throw new SandboxException($"pdfsig does not accept the signature (the PKI's log is {sandbox.Pki.LogFile}):\n{verdict}");
        }

        return verdict;
    }

    private string ResponderWasAsked(string signed)
    {
        string serial = PdfSignature.ReadLast(signed).SignerSerialNumber;
        return File.ReadLines(sandbox.Pki.LogFile).Any(l => l.EndsWith($"OCSP was asked for {serial}", StringComparison.Ordinal))
            ? serial
            : throw new SandboxException($"The OCSP responder was not asked for {serial}; its log is {sandbox.Pki.LogFile}.");
    }

    private async Task<AuditReceipt> FindReceiptAsync(PdfSignature signature, CancellationToken cancel)
    {
        if (!signature.DocumentDigest.AsSpan().SequenceEqual(signature.DeclaredDocumentDigest))
        {
            throw new SandboxException("The digest in the signature is not the digest of the document.");
        }

        AuditReceipt receipt = await sandbox.Operator.GetReceiptAsync(signature.SignedDigest, cancel);
        string digest = Convert.ToHexStringLower(signature.SignedDigest);
        return receipt.Proof.Record.Contains(digest, StringComparison.Ordinal)
            ? receipt
            : throw new SandboxException($"The record does not hold the digest {digest} of the signed attributes in the PDF.");
    }

    /// <summary>Lays the proof out as plain files, and has a script check it with nothing but openssl.</summary>
    private string CheckWithOpenssl(LogProof proof, PdfSignature signature)
    {
        string files = Path.Combine(folder, "proof");
        Directory.CreateDirectory(files);
        File.WriteAllText(Path.Combine(files, "record.json"), proof.Record);
        File.WriteAllLines(Path.Combine(files, "path.hex"), proof.Path.Select(Convert.ToHexStringLower));
        File.WriteAllText(
            Path.Combine(files, "position"),
            string.Create(CultureInfo.InvariantCulture, $"{proof.Index} {proof.Head.TreeSize}\n"));
        TreeHead head = proof.Head;
        File.WriteAllBytes(
            Path.Combine(files, "head.txt"), TreeHead.SignedText(head.Node, head.TreeSize, head.Timestamp, head.RootHash));
        File.WriteAllBytes(Path.Combine(files, "head.signature"), head.Signature);
        File.WriteAllBytes(Path.Combine(files, "signed-attributes.der"), signature.SignedAttributes);
        File.Copy(sandbox.SamAuditKey, Path.Combine(files, "audit-public-key.pem"), overwrite: true);
        return Commands.Run("bash", [Path.Combine(Installation.Current.Root, Script), files]).Trim();
    }

    private static string Indent(string text)
    {
        var indented = new StringBuilder();
        foreach (string line in text.Split('\n'))
        {
            indented.Append("      ").Append(line.TrimEnd()).Append('\n');
        }

        return indented.ToString().TrimEnd();
    }
}
