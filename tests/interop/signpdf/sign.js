// Signs PDF files with @signpdf; the signatures are made through the CSC API, version 1.
//   node sign.js SERVICE USER CREDENTIAL FILE.pdf…      password and PIN on standard input, one a line; writes FILE.signed.pdf
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { pdflibAddPlaceholder } from '@signpdf/placeholder-pdf-lib';
import { SignPdf } from '@signpdf/signpdf';
import { Signer, SUBFILTER_ETSI_CADES_DETACHED } from '@signpdf/utils';
import * as asn1js from 'asn1js';
import { PDFDocument } from 'pdf-lib';
import * as pkijs from 'pkijs';

const SHA256 = '2.16.840.1.101.3.4.2.1';
const SHA256_WITH_RSA = '1.2.840.113549.1.1.11';

const sha256 = (bytes) => createHash('sha256').update(bytes).digest();

class Csc {
    constructor(service, authorization) {
        this.service = service;
        this.authorization = authorization;
    }

    static async login(service, user, password) {
        const basic = new Csc(service, `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`);
        return new Csc(service, `Bearer ${(await basic.call('auth/login', {})).access_token}`);
    }

    async call(method, body) {
        const response = await fetch(`${this.service}/${method}`, {
            method: 'POST',
            headers: { 'Content-Type': 'application/json', Authorization: this.authorization },
            body: JSON.stringify(body),
        });
        const answer = await response.json();
        if (!response.ok) {
            throw new Error(`${method}: ${response.status} ${answer.error}: ${answer.error_description}`);
        }
        return answer;
    }
}

/** A PAdES signature (B-B) whose value comes from the service. */
class CscSigner extends Signer {
    constructor(csc, credentialID, pin, certificates) {
        super();
        Object.assign(this, { csc, credentialID, pin, certificates });
    }

    async sign(pdf) {
        const certificate = this.certificates[0];
        const signedAttrs = new pkijs.SignedAndUnsignedAttributes({ type: 0, attributes: this.attributes(sha256(pdf), certificate) });
        const tbs = new Uint8Array(signedAttrs.toSchema().toBER());
        tbs[0] = 0x31; // As SET OF it is hashed (RFC 5652, 5.4).
        const value = await this.signHash(sha256(tbs));
        const algorithm = new pkijs.AlgorithmIdentifier({ algorithmId: SHA256, algorithmParams: new asn1js.Null() });
        const signed = new pkijs.SignedData({
            version: 1,
            digestAlgorithms: [algorithm],
            encapContentInfo: new pkijs.EncapsulatedContentInfo({ eContentType: pkijs.ContentInfo.DATA }),
            certificates: this.certificates,
            signerInfos: [new pkijs.SignerInfo({
                version: 1,
                sid: new pkijs.IssuerAndSerialNumber({ issuer: certificate.issuer, serialNumber: certificate.serialNumber }),
                digestAlgorithm: algorithm,
                signedAttrs,
                signatureAlgorithm: new pkijs.AlgorithmIdentifier({ algorithmId: SHA256_WITH_RSA, algorithmParams: new asn1js.Null() }),
                signature: new asn1js.OctetString({ valueHex: value }),
            })],
        });
        return Buffer.from(new pkijs.ContentInfo({
            contentType: pkijs.ContentInfo.SIGNED_DATA,
            content: signed.toSchema(true),
        }).toSchema().toBER());
    }

    attributes(digest, certificate) {
        const attribute = (type, value) => new pkijs.Attribute({ type, values: [value] });
        const identifier = new asn1js.Sequence({ value: [new asn1js.OctetString({ valueHex: sha256(Buffer.from(certificate.toSchema().toBER())) })] });
        return [
            attribute('1.2.840.113549.1.9.3', new asn1js.ObjectIdentifier({ value: pkijs.ContentInfo.DATA })),
            attribute('1.2.840.113549.1.9.4', new asn1js.OctetString({ valueHex: digest })),
            // signingCertificateV2 (RFC 5035) with its default, SHA-256.
            attribute('1.2.840.113549.1.9.16.2.47', new asn1js.Sequence({ value: [new asn1js.Sequence({ value: [identifier] })] })),
        ];
    }

    async signHash(digest) {
        const { credentialID } = this;
        const hash = [digest.toString('base64')];
        const { SAD } = await this.csc.call('credentials/authorize', { credentialID, numSignatures: 1, hash, PIN: this.pin });
        const { signatures } = await this.csc.call('signatures/signHash', { credentialID, SAD, hash, signAlgo: SHA256_WITH_RSA, hashAlgo: SHA256 });
        return Buffer.from(signatures[0], 'base64');
    }
}

const [service, user, credentialID, ...files] = process.argv.slice(2);
const [password, pin] = readFileSync(0, 'utf8').split('\n');
try {
    const csc = await Csc.login(service, user, password);
    const { cert } = await csc.call('credentials/info', { credentialID, certificates: 'chain' });
    const certificates = cert.certificates.map((c) => pkijs.Certificate.fromBER(Buffer.from(c, 'base64')));
    const signer = new CscSigner(csc, credentialID, pin, certificates);
    for (const file of files) {
        const document = await PDFDocument.load(readFileSync(file));
        pdflibAddPlaceholder({
            pdfDoc: document, reason: 'Approved', contactInfo: user, name: user, location: '', signatureLength: 16384,
            subFilter: SUBFILTER_ETSI_CADES_DETACHED,
        });
        const prepared = Buffer.from(await document.save({ useObjectStreams: false }));
        writeFileSync(file.replace(/\.pdf$/, '.signed.pdf'), await new SignPdf().sign(prepared, signer));
    }
} catch (problem) {
    console.error(problem.message);
    process.exit(1);
}
